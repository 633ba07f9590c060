// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"
#include "table/block_cache.hpp"
#include "table/facts.hpp"
#include "table/table.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace strata {

/// What all tables of one store share.
struct TableContext {
    std::shared_ptr<FileSystem> files{};
    std::string directory{};
    std::shared_ptr<BlockCache> cache{};  ///< may be null: nothing is cached
    bool mapped = false;                  ///< Options::mapped_tables
    /// Takes the number of a table that nothing refers to any more, to unlink its file later. It is
    /// called by whatever thread drops the last reference; it must neither block nor do I/O. May be
    /// empty.
    std::function<void(std::uint64_t)> on_obsolete{};
};

/// A table that a manifest names: its facts, and the opened table once somebody needed it. Owned
/// by every run, cursor and read view that may use it. Thread-safe.
class LiveTable {
  public:
    LiveTable(std::shared_ptr<const TableContext> context, TableFacts facts);
    LiveTable(const LiveTable&) = delete;
    LiveTable& operator=(const LiveTable&) = delete;
    /// Hands the number to the context when the table is obsolete.
    ~LiveTable();

    [[nodiscard]] const TableFacts& facts() const noexcept { return facts_; }
    [[nodiscard]] std::string path() const;

    /// The open table, which lives as long as this object. Opens it when nobody has; then it reads
    /// the disk under a lock of its own. After an error the next call tries again. Takes no lock
    /// once the table is open.
    Result<const Table*> table() const STRATA_EXCLUDES(mutex_);
    /// Null as long as nobody has opened it.
    [[nodiscard]] const Table* table_if_open() const noexcept {
        return ready_.load(std::memory_order_acquire);
    }

    /// From now on the last reference to go reports the file. To be called after a manifest that
    /// does not name the table is durable.
    void mark_obsolete() const noexcept { obsolete_.store(true, std::memory_order_relaxed); }

  private:
    std::shared_ptr<const TableContext> context_;
    TableFacts facts_;
    mutable std::atomic<const Table*> ready_{nullptr};  ///< what table_ owns, for lock-free reads
    mutable std::atomic<bool> obsolete_{false};
    mutable Mutex mutex_;  ///< held while the table is opened, with its reads
    mutable std::shared_ptr<const Table> table_ STRATA_GUARDED_BY(mutex_);
};

}  // namespace strata
