// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/batch.hpp>
#include <strata/bytes.hpp>
#include <strata/explain.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The store: an ordered map from byte strings to byte strings.
///
///     auto store = strata::open("/var/lib/app/data");
///     if (!store) { std::cerr << store.error().message; return 1; }
///     if (auto done = (*store)->put("key", "value"); !done) { ... }
///     auto value = (*store)->get("key");            // Result<std::optional<Value>>
///
/// Threads: every method of Store may be called by any number of threads at once. An Iterator, a
/// Batch and a Value belong to one thread at a time. A store is not used across fork().
namespace strata {

/// The value of one key, pinned: its bytes stay where they are, in a cached block or a memtable,
/// until the Value is destroyed. Long-lived Values hold memory back; copy bytes() to keep them.
/// A Value may outlive its Store.
class Value {
  public:
    /// Releases what the bytes rest on; called once with `context` when the Value goes.
    using Release = void (*)(void* context) noexcept;

    Value(Bytes bytes, Sequence sequence, std::shared_ptr<const void> owner,
          Release release = nullptr, void* context = nullptr) noexcept
        : bytes_{bytes},
          sequence_{sequence},
          owner_{std::move(owner)},
          release_{release},
          context_{context} {}
    Value(Value&& other) noexcept { swap(other); }
    Value& operator=(Value&& other) noexcept {
        Value moved{std::move(other)};
        swap(moved);
        return *this;
    }
    ~Value() {
        if (release_ != nullptr) {
            release_(context_);
        }
    }

    [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }
    /// Of the version read: grows with each write of the key.
    [[nodiscard]] Sequence sequence() const noexcept { return sequence_; }

  private:
    void swap(Value& other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(sequence_, other.sequence_);
        std::swap(owner_, other.owner_);
        std::swap(release_, other.release_);
        std::swap(context_, other.context_);
    }

    Bytes bytes_;
    Sequence sequence_ = 0;
    std::shared_ptr<const void> owner_;
    Release release_ = nullptr;
    void* context_ = nullptr;
};

/// A fixed state of the store. Reads with it see exactly what was committed when it was taken. It
/// keeps old versions on disk, so let it go when done. It must not be used with another store;
/// after close() reads with it return closed.
class Snapshot {
  public:
    virtual ~Snapshot() = default;
    [[nodiscard]] virtual Sequence sequence() const noexcept = 0;
};

/// Walks keys in order, from the direction its ScanOptions chose, over one fixed state. It starts
/// before the first key:
///     while (true) { auto more = it->next(); if (!more) {error} if (!*more) break; use(it->key());
///     }
/// key() and value() are valid until the next call of next() or seek().
class Iterator {
  public:
    virtual ~Iterator() = default;

    /// Steps to the next key of the walk; false at the end of the range.
    virtual Result<bool> next() = 0;

    /// Steps to the first key of the walk that is not before `key` (forward: at or above it,
    /// reverse: at or below it), within the bounds; false when there is none.
    virtual Result<bool> seek(Bytes key) = 0;

    [[nodiscard]] virtual Bytes key() const noexcept = 0;
    [[nodiscard]] virtual Bytes value() const noexcept = 0;
    [[nodiscard]] virtual Sequence sequence() const noexcept = 0;
    /// Of a walk over all versions: this one is a deletion; value() is empty.
    [[nodiscard]] virtual bool deleted() const noexcept = 0;
};

class Store {
  public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    /// Without close(): stops threads and unlocks, writes nothing; the next open recovers as
    /// after kill -9.
    virtual ~Store() = default;

    /// Writes a batch atomically and returns the sequence of its last operation (that of the
    /// first is less by operations() - 1). An empty batch without conditions is invalid_argument.
    /// On an error, error().outcome_unknown tells whether anything may have been written.
    virtual Result<Sequence> write(const Batch& batch, const WriteOptions& options = {}) = 0;

    /// Several batches in this order, each atomic, with conditions and an outcome of its own, as if
    /// each were given to write(), but committed together: a sync serves all of them. For a thread
    /// that collects the writes of many clients. The batches must outlive the call.
    virtual std::vector<Result<Sequence>> write_all(std::span<const Batch* const> batches,
                                                    const WriteOptions& options = {});

    /// The newest value of a key, or empty when it is absent.
    virtual Result<std::optional<Value>> get(Bytes key, const ReadOptions& options = {}) = 0;

    /// Several keys in one view, in the order of `keys`.
    virtual Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                               const ReadOptions& options = {}) = 0;

    virtual Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options = {}) = 0;

    virtual Result<std::unique_ptr<Snapshot>> snapshot() = 0;

    /// Every version of a key that is still stored, newest first, and where it is. Versions that
    /// were replaced disappear as the store flushes and merges, but for those that a snapshot
    /// needs.
    virtual Result<History> history(Bytes key, const HistoryOptions& options = {}) = 0;

    /// Carries out a get, or a scan, and tells what it met on its way, layer by layer. Fails only
    /// where get() and scan() fail before they read; later errors are part of the explanation.
    virtual Result<Explanation> explain_get(Bytes key, const ReadOptions& options = {}) = 0;
    /// `limit`: stop after so many records; 0: walk to the end.
    virtual Result<Explanation> explain_scan(const ScanOptions& options = {},
                                             std::uint64_t limit = 0) = 0;
    /// What write() would do with this batch now. Nothing is written.
    virtual Result<Explanation> explain_write(const Batch& batch,
                                              const WriteOptions& options = {}) = 0;

    /// Makes every write so far durable, in whatever mode it was made.
    virtual Status sync() = 0;
    /// Writes the memtables to tables and waits for it.
    virtual Status flush() = 0;
    /// Merges everything into one run and waits for it.
    virtual Status compact() = 0;
    /// Makes a second store in `directory`, which must not exist: everything written before the
    /// call, and perhaps some of what is written meanwhile. Tables are shared by hard links where
    /// that is possible, the log is copied. It appears under its name when it is complete and
    /// durable; what an interrupted call leaves is called `directory`.tmp and is swept by the next
    /// one. A store opened read-only copies what its directory holds now. Writes go on meanwhile;
    /// an error leaves the store as it was. unsupported: the engine keeps no files.
    virtual Result<CheckpointReport> checkpoint(const std::string& directory) = 0;
    /// Verifies everything on disk that this store rests on.
    virtual Result<CheckReport> check(const CheckOptions& options = {}) = 0;

    virtual Result<Stats> stats() = 0;
    /// Runs, newest first, each with its tables in key order.
    virtual Result<std::vector<RunInfo>> runs() = 0;
    /// Every file of the directory with its role.
    virtual Result<std::vector<FileInfo>> files() = 0;
    /// Number of keys and bytes in a range without reading it, from the tables' facts.
    virtual Result<RangeEstimate> estimate(const ScanOptions& options = {}) = 0;

    /// What opening found: records replayed, bytes dropped from a torn tail, files removed.
    [[nodiscard]] virtual const OpenReport& open_report() const noexcept = 0;
    /// The sequence of the last visible operation.
    [[nodiscard]] virtual Sequence last_sequence() const noexcept = 0;

    /// Finishes running writes, makes everything durable, stops threads and releases the lock.
    /// Later calls, and iterators and snapshots, return closed. Closing twice is no error.
    virtual Status close() = 0;

    /// One-operation writes.
    Result<Sequence> put(Bytes key, Bytes value, const WriteOptions& options = {});
    Result<Sequence> del(Bytes key, const WriteOptions& options = {});
    /// Puts if `test` holds of the key; else conflict.
    Result<Sequence> put_if(Bytes key, Bytes value, Condition::Test test,
                            const WriteOptions& options = {});
};

/// Opens the store that `where` names: "lsm:DIR" or just "DIR" for a store on disk, "memory:" for
/// an empty one that is gone when closed.
Result<std::unique_ptr<Store>> open(const std::string& where, const Options& options = {});

/// Verifies a store's directory without opening or locking it; also one that does not open.
Result<CheckReport> check_directory(const std::string& directory, const CheckOptions& options = {},
                                    FileSystem* file_system = nullptr);

/// Copies a checkpoint, or any other store, into a new store in `directory`, which must be absent
/// or empty; no byte is shared. The copy is verified in full before it appears under its name;
/// corruption names the first thing found wrong.
Result<CheckpointReport> restore_checkpoint(const std::string& checkpoint,
                                            const std::string& directory,
                                            FileSystem* file_system = nullptr);

/// The version of the library: "0.1.0".
[[nodiscard]] const char* version() noexcept;

}  // namespace strata
