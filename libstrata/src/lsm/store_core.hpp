// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"
#include "base/store_id.hpp"
#include "lsm/checkpoint.hpp"
#include "lsm/events.hpp"
#include "lsm/failure.hpp"
#include "lsm/latched_file_system.hpp"
#include "lsm/read_view.hpp"
#include "lsm/snapshots.hpp"
#include "lsm/store_log.hpp"
#include "lsm/trouble.hpp"
#include "table/block_cache.hpp"
#include "version/live_table.hpp"
#include "version/manifest.hpp"
#include "version/version.hpp"

#include <strata/file_system.hpp>
#include <strata/options.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Locks of a running store, in the order in which they may be taken together:
///
///   mutex                    guards                                     held during I/O
///   CommitQueue::mutex_      queue, groups, roles                       no
///   StoreCore::install_mutex_  the one manifest save at a time          yes
///   StoreLog::sync_mutex_    the one fdatasync of the log at a time     yes
///   StoreLog::state_mutex_   positions and segment lists                no
///   StoreCore::view_mutex_   the current view, before its publication   no
///   SnapshotList::mutex_     live snapshots                             no
///   StoreCore::signal_mutex_ the work counter that workers wait on      no
///   small leaf mutexes       Failure, EventLog, obsolete files          no
namespace strata {

/// A change of the live tables and memtables, made durable by one manifest.
struct Install {
    VersionEdit edit{};
    /// Of a flush: the memtable that is in tables now; it is the oldest sealed one.
    std::shared_ptr<const Memtable> flushed{};
    /// Highest sequence at which this change dropped a version.
    Sequence history_floor = 0;
};

/// What the parts of a running store share: identity, log, current view, latch, counters; and the
/// one way to change which files are live. Thread-safe.
class StoreCore {
  public:
    struct Config {
        std::shared_ptr<FileSystem> file_system;
        std::string directory;
        Options options;
        std::size_t memtable_size = 0;
        StoreId store;
    };

    explicit StoreCore(Config config);

    /// Files get numbers from here on.
    void set_next_number(std::uint64_t number) { next_number_.store(number); }
    /// Before the first use: the saved manifest, the number of the one it replaced (0: none), and
    /// the first view.
    void start(Manifest manifest, std::uint64_t previous_manifest, ReadView first);

    /// Refuse to change the disk once the store has failed.
    [[nodiscard]] FileSystem& files() const { return *files_; }
    [[nodiscard]] const std::shared_ptr<FileSystem>& shared_files() const { return files_; }
    [[nodiscard]] const std::string& directory() const { return config_.directory; }
    [[nodiscard]] const Options& options() const { return config_.options; }
    [[nodiscard]] std::size_t memtable_size() const { return config_.memtable_size; }
    [[nodiscard]] const StoreId& store_id() const { return config_.store; }

    /// Number of a new file of any kind; never used twice.
    [[nodiscard]] std::uint64_t next_number() { return next_number_.fetch_add(1); }

    [[nodiscard]] ViewPtr view() const { return views.acquire(); }
    /// Publishes a view in which `memtable` takes the writes and the active one is sealed.
    void seal(std::shared_ptr<Memtable> memtable, std::uint64_t last_segment);

    /// Applies the edit, saves a manifest, publishes the view, and only then gives up the files
    /// that are no longer live. no_space: nothing changed, the caller keeps its inputs and tries
    /// later. Other errors latch the store.
    Status install(Install&& asked);
    /// The files of the store up to where it is durable, for a copy.
    Result<StoreCapture> capture();
    /// The last manifest of an orderly close, after StoreLog::close(); the log is described as is.
    Status save_closing_manifest();

    /// Unlinks files that were given up, unless the store is latched. When it returns, all that
    /// were given up before the call are gone, whichever thread removes them.
    void remove_obsolete();
    void add_obsolete(std::string name);

    /// Counts up whenever a view is published, a worker finishes something, or somebody asks for
    /// work. Workers and those who wait for them: look at the state, then wait for the next change.
    void signal();
    [[nodiscard]] std::uint64_t signals() const;
    /// Returns when signals() differs from `seen`, when the store is stopping, or after `timeout`.
    void wait_signal(std::uint64_t seen, std::chrono::milliseconds timeout);

    /// Set once when the store closes: waits end, merges stop.
    void request_stop();
    [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_acquire); }

    Failure failure{[this] { signal(); }};
    Trouble flush_trouble;

  private:
    const std::shared_ptr<FileSystem> files_;  // used by the log, and so made before it

  public:
    const std::shared_ptr<BlockCache> cache;
    ViewStripes views;
    std::shared_ptr<SnapshotList> snapshots = std::make_shared<SnapshotList>();
    StoreLog log;
    EventLog events;
    std::atomic<Sequence> visible{0};

    struct Counters {
        std::atomic<std::uint64_t> flushes{0};
        std::atomic<std::uint64_t> flush_bytes{0};
        std::atomic<std::uint64_t> merges{0};
        std::atomic<std::uint64_t> merge_bytes{0};
        std::atomic<std::uint64_t> delayed_us{0};
        std::atomic<const char*> limiter{"none"};
    };
    Counters counters;

    /// Makes tables of the store, which queue their file for removal when nobody needs it any more.
    [[nodiscard]] std::vector<std::shared_ptr<const LiveTable>> make_tables(
        const std::vector<TableFacts>& facts) const;
    [[nodiscard]] const std::shared_ptr<const TableContext>& tables() const { return tables_; }

  private:
    Status save(Manifest manifest) STRATA_REQUIRES(install_mutex_);
    void publish(std::shared_ptr<const ReadView> next) STRATA_REQUIRES(view_mutex_);

    // Outlives the core for tables that a reader still holds when the store is gone.
    struct Obsolete {
        Mutex mutex;
        std::vector<std::string> names STRATA_GUARDED_BY(mutex);
    };

    const Config config_;
    std::atomic<std::uint64_t> next_number_{1};
    std::atomic<bool> stopping_{false};
    std::shared_ptr<Obsolete> obsolete_ = std::make_shared<Obsolete>();
    Mutex removal_mutex_;  // held while files are unlinked
    std::shared_ptr<const TableContext> tables_;

    Mutex install_mutex_;
    Manifest manifest_ STRATA_GUARDED_BY(install_mutex_);
    std::uint64_t previous_manifest_ STRATA_GUARDED_BY(install_mutex_) = 0;

    Mutex view_mutex_;
    ViewPtr current_ STRATA_GUARDED_BY(view_mutex_);

    mutable Mutex signal_mutex_;
    CondVar signal_;
    std::uint64_t signals_ STRATA_GUARDED_BY(signal_mutex_) = 0;
};

}  // namespace strata
