// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "entry/entry.hpp"
#include "memtable/arena.hpp"
#include "memtable/chunk_index.hpp"
#include "memtable/key_filter.hpp"

#include <strata/bytes.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace strata {

/// The newest versions of a store, in memory: every version inserted, sorted by key, the newest of
/// a key first. Nothing is ever overwritten or removed; sealing one means to stop inserting.
///
/// Threads: one writer at a time inserts; everything else may be called by any thread meanwhile,
/// without a lock and without waiting for more than the move of 256 words. A reader finds every
/// version whose sequence was published to it (release, acquire) after the insert.
class Memtable {
  public:
    /// Holds sequences above `base`, and at most base + sequences_max. `size_expected`: bytes after
    /// which it will be sealed, which the filter is made for; 0: without filter.
    explicit Memtable(Sequence base, std::size_t size_expected = 0);

    static constexpr Sequence sequences_max = 0xfffffffe;

    /// Whether `operations` more, of `bytes` encoded bytes together and with sequences up to
    /// `last`, may be inserted. It fails only near sequences_max, 2 billion versions or 2 GiB of
    /// large values: long after any sensible size for sealing.
    [[nodiscard]] bool has_room(Sequence last, std::uint64_t operations,
                                std::size_t bytes) const noexcept;

    /// Copies the entry. Sequences ascend from call to call. Requires room.
    void insert(const Entry& entry);

    /// The newest version of `key` that is not above `at`; a tombstone is an answer. It borrows
    /// from the memtable for as long as that lives.
    [[nodiscard]] std::optional<Entry> find(Bytes key, Sequence at) const;

    /// False: find() would find nothing. `key_hash` is hash64(key, 0).
    [[nodiscard]] bool may_contain(std::uint64_t key_hash) const noexcept {
        return filter_.may_contain(key_hash);
    }
    /// Asks for the memory that may_contain() will look at.
    void prefetch_filter(std::uint64_t key_hash) const noexcept { filter_.prefetch(key_hash); }

    /// Over all versions, those inserted later partly included. Its entries stay valid as long as
    /// the memtable, which must outlive the cursor. It never fails.
    [[nodiscard]] std::unique_ptr<Cursor> cursor() const;

    /// About how many versions have lower <= key < upper; an empty upper is none.
    [[nodiscard]] std::uint64_t count_between(Bytes lower, std::optional<Bytes> upper) const;

    /// Bytes allocated, what is reserved but unused included: what the memory budget is charged.
    /// At least 4 KiB.
    [[nodiscard]] std::size_t memory() const noexcept {
        return sizeof(Memtable) + arena_.memory() + index_.memory() + filter_.memory();
    }
    /// Bytes of the versions alone, as encoded, with 16 of index each: what says when to seal.
    [[nodiscard]] std::size_t size() const noexcept {
        return size_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] bool empty() const noexcept { return entries() == 0; }
    [[nodiscard]] std::uint64_t entries() const noexcept {
        return entries_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t deletes() const noexcept {
        return deletes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] Sequence base() const noexcept { return base_; }
    /// 0 while empty.
    [[nodiscard]] Sequence first_sequence() const noexcept {
        return first_sequence_.load(std::memory_order_relaxed);
    }
    /// 0 while empty.
    [[nodiscard]] Sequence last_sequence() const noexcept {
        return last_sequence_.load(std::memory_order_relaxed);
    }

  private:
    friend class MemtableLoader;

    /// Copies the entry and counts it, without giving it a place in the index.
    [[nodiscard]] Slot keep(const Entry& entry);

    const Sequence base_;
    Arena arena_;
    ChunkIndex index_{arena_};
    KeyFilter filter_;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::uint64_t> entries_{0};
    std::atomic<std::uint64_t> deletes_{0};
    std::atomic<Sequence> first_sequence_{0};
    std::atomic<Sequence> last_sequence_{0};
};

}  // namespace strata
