// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"
#include "lsm/failure.hpp"
#include "lsm/store_log.hpp"
#include "memtable/memtable.hpp"

#include <strata/batch.hpp>
#include <strata/store.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace strata {

/// What the commit queue needs of its store. Called by the holder of a role, never under the
/// queue's mutex.
class CommitTarget {
  public:
    virtual ~CommitTarget() = default;

    /// LOG. Waits until there is room for a group of `bytes`: paces, or waits for a flush when all
    /// memtables are full and this group needs a new one (`seals`).
    virtual Status wait_for_room(std::size_t bytes, bool seals) = 0;
    /// COMMIT. Everything up to `visible` is applied; from now on `memtable` takes the writes and
    /// the one before it is sealed; `last_segment` is the WAL segment that holds it.
    virtual void seal(std::shared_ptr<Memtable> memtable, std::uint64_t last_segment) = 0;
    /// COMMIT. Readers may see operations up to `visible`.
    virtual void publish(Sequence visible) = 0;
    /// Both roles. The newest applied value of a key, for conditions.
    virtual Result<std::optional<Value>> newest(Bytes key) = 0;
};

/// Group commit: turns concurrent writes into few log appends and fewer syncs.
///
/// Writers queue; whoever is free takes a role. The LOG role appends a bounded group to the log;
/// the COMMIT role syncs once for all groups appended so far if any member asked for it, applies
/// them to the memtable in order, publishes the sequence and tells every member.
/// Nothing enters the memtable before its sync returned. A lone writer takes both roles itself and
/// meets nobody. Writers that need no sync are appended while a sync is
/// under way; those that do wait for it, so that the next one serves them all.
///
/// Invariants. Queue, groups, sequences, frames, applying and publishing have one order. A result
/// is set once, under the mutex, before the wake-up of its slot. Nobody is done by a sync that
/// began before its bytes were appended. Whoever gives up a role while work is left either takes
/// the role again or wakes a waiter that can.
///
/// The idea is the commit pipeline of Pebble (CockroachDB) with the roles of LevelDB's writer
/// queue.
class CommitQueue {
  public:
    struct Limits {
        std::size_t memtable_size = 0;  ///< encoded bytes after which a memtable is sealed
        std::size_t segment_size = std::size_t{256} << 20;
    };
    CommitQueue(StoreLog& log, CommitTarget& target, Failure& failure, Limits limits)
        : log_{log}, target_{target}, failure_{failure}, limits_{limits} {}

    /// Before the first write: where counting goes on and which memtable is active.
    void start(Sequence last, std::shared_ptr<Memtable> memtable);

    /// Commits a batch whose limits were checked; returns the sequence of its last operation.
    Result<Sequence> write(const Batch& batch, bool sync);
    /// Several batches in this order, each with conditions and an outcome of its own, in as few
    /// groups as their sizes and conditions allow.
    std::vector<Result<Sequence>> write_all(std::span<const Batch* const> batches, bool sync);
    /// Seals the active memtable unless it is empty; returns when the new one is published.
    Status seal();
    /// Appends a frame that carries the newest durability mark, and syncs it.
    Status mark();

    /// Refuses new writes, and returns when those in the queue are done, written or refused, and
    /// nobody holds a role.
    void stop();

    /// What a write of so many encoded bytes would meet now; a moment later it may differ.
    struct Prospect {
        std::size_t waiting = 0;         ///< writers before it
        std::size_t memtable_bytes = 0;  ///< given to the active memtable so far, as sealing counts
        std::size_t memtable_limit = 0;
        bool seals = false;  ///< it would begin a new memtable and segment
    };
    [[nodiscard]] Prospect prospect(std::size_t bytes) const;

    /// Sequence of the last operation given out; exact only after stop().
    [[nodiscard]] Sequence last_sequence() const;
    [[nodiscard]] std::uint64_t groups() const;
    [[nodiscard]] std::uint64_t user_bytes() const;

  private:
    enum class Job : std::uint8_t { write, seal, mark };
    static constexpr std::size_t slot_count = 8;

    // One call in progress; it lives on the stack of its thread.
    struct Writer {
        Job job = Job::write;
        const Batch* batch = nullptr;
        bool sync = false;
        // Set by the role holders, under the mutex.
        std::atomic<bool> done{false};
        Sequence last = 0;
        bool loses = false;  // a condition did not hold
        std::optional<Error> error;
        std::uint64_t group = 0;
        bool sleeps = false;     // or is about to, at `slot`; it may have joined a later group
        std::size_t slot = 0;    // meanwhile, so that its group does not tell where it sleeps
        Writer* next = nullptr;  // in the list that it stands in

        [[nodiscard]] bool conditional() const {
            return batch != nullptr && !batch->conditions().empty();
        }
        [[nodiscard]] std::size_t bytes() const {
            return batch == nullptr ? 0 : batch->encoded().size();
        }
    };

    // Writers in order, linked through themselves: a put allocates nothing to stand in line.
    class WriterList {
      public:
        // Knows the next writer before the current one is handed out, which may then vanish.
        class Iterator {
          public:
            explicit Iterator(Writer* at) : at_{at}, next_{at == nullptr ? nullptr : at->next} {}
            Writer& operator*() const { return *at_; }
            Iterator& operator++() { return *this = Iterator{next_}; }
            bool operator==(const Iterator& other) const { return at_ == other.at_; }

          private:
            Writer* at_;
            Writer* next_;
        };
        [[nodiscard]] bool empty() const { return first_ == nullptr; }
        [[nodiscard]] std::size_t size() const { return size_; }
        [[nodiscard]] Writer& front() const { return *first_; }
        void push_back(Writer& writer) {
            writer.next = nullptr;
            (empty() ? first_ : last_->next) = &writer;
            last_ = &writer;
            ++size_;
        }
        Writer& pop_front() {
            Writer& writer = *first_;
            first_ = writer.next;
            --size_;
            return writer;
        }
        [[nodiscard]] Iterator begin() const { return Iterator{first_}; }
        [[nodiscard]] Iterator end() const { return Iterator{nullptr}; }

      private:
        Writer* first_ = nullptr;
        Writer* last_ = nullptr;
        std::size_t size_ = 0;
    };

    // Writers that were appended together.
    struct Group {
        std::uint64_t id = 0;
        WriterList writers;
        LogPosition end;
        Sequence first = 0;  // of its first operation
        Sequence last = 0;
        bool sync = false;
        std::shared_ptr<Memtable> memtable;
        std::uint64_t previous_segment = 0;  // of a first group of its memtable: the one before
    };

    Result<Sequence> submit(Writer& writer);
    void enqueue(Writer& writer) STRATA_REQUIRES(mutex_);
    static Result<Sequence> outcome(Writer& writer);
    [[nodiscard]] bool can_log() const STRATA_REQUIRES(mutex_);
    [[nodiscard]] bool can_commit() const STRATA_REQUIRES(mutex_);
    // These six give the mutex up meanwhile. The first one returns when the writer is done, and
    // takes roles until then.
    void see_done(Writer& writer) STRATA_REQUIRES(mutex_);
    void take_log_role() STRATA_REQUIRES(mutex_);
    void gather() STRATA_REQUIRES(mutex_);
    void take_commit_role() STRATA_REQUIRES(mutex_);
    void spin(const Writer& writer) STRATA_REQUIRES(mutex_);
    void wait(Writer& writer) STRATA_REQUIRES(mutex_);
    void pass_roles() STRATA_REQUIRES(mutex_);
    [[nodiscard]] Group next_group() STRATA_REQUIRES(mutex_);
    void finish(const Group& group, const std::optional<Error>& error) STRATA_REQUIRES(mutex_);
    void fail_appended(const Error& error) STRATA_REQUIRES(mutex_);

    std::optional<Error> append(Group& group);
    std::optional<Error> fill(Group& group);
    std::optional<Error> write_pending(Sequence last, bool sync_follows);
    Status evaluate(const Group& group);
    std::optional<Error> commit(const std::vector<Group>& groups);
    void apply(const Group& group);

    StoreLog& log_;
    CommitTarget& target_;
    Failure& failure_;
    const Limits limits_;

    mutable Mutex mutex_;
    CondVar idle_;
    WriterList queue_ STRATA_GUARDED_BY(mutex_);
    std::vector<Group> appended_ STRATA_GUARDED_BY(mutex_);
    bool logging_ STRATA_GUARDED_BY(mutex_) = false;
    bool committing_ STRATA_GUARDED_BY(mutex_) = false;
    bool syncing_ STRATA_GUARDED_BY(mutex_) = false;        // the holder of COMMIT is
    std::size_t last_group_ STRATA_GUARDED_BY(mutex_) = 0;  // writers committed together last
    bool stopped_ STRATA_GUARDED_BY(mutex_) = false;
    std::uint64_t next_group_ STRATA_GUARDED_BY(mutex_) = 0;

    // LOG role only.
    Sequence last_ = 0;
    std::shared_ptr<Memtable> memtable_;
    std::uint64_t previous_segment_ = 0;
    std::atomic<std::size_t> memtable_bytes_{0};  // encoded, given to memtable_ so far; others look
    // COMMIT role only.
    std::shared_ptr<Memtable> applied_;
    std::vector<Group> groups_in_commit_;  // keeps its room from one time to the next

    std::atomic<std::uint64_t> groups_{0};
    std::atomic<std::uint64_t> user_bytes_{0};

    // Wake-up words: a writer waits on the slot of the group that it will probably be in, so that
    // finishing a group wakes its members with one broadcast and hardly anybody else.
    struct alignas(64) Slot {
        std::atomic<std::uint32_t> epoch{0};
    };
    std::array<Slot, slot_count> slots_;
};

}  // namespace strata
