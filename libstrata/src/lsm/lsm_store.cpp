// SPDX-License-Identifier: Apache-2.0
#include "lsm/lsm_store.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "inspect/check.hpp"
#include "inspect/store_files.hpp"
#include "lsm/commit_queue.hpp"
#include "lsm/explain.hpp"
#include "lsm/explain_write.hpp"
#include "lsm/facts.hpp"
#include "lsm/flusher.hpp"
#include "lsm/history.hpp"
#include "lsm/keeper.hpp"
#include "lsm/merger.hpp"
#include "lsm/opening.hpp"
#include "lsm/pacer.hpp"
#include "lsm/reads.hpp"

#include <utility>

namespace strata {
namespace {

constexpr std::chrono::milliseconds forever{1000};  // between two looks at the state

/// The store, composed: a write goes through the commit queue into log and memtable; a read goes
/// to the view; flusher, merger and keeper work behind. See the walks in libstrata/README.md.
class LsmStore : public Store, private CommitTarget {
  public:
    explicit LsmStore(Opened opened)
        : lock_{std::move(opened.lock)},
          report_{std::move(opened.report)},
          core_{std::move(opened.core)},
          pacer_{*core_},
          queue_{core_->log, *this, core_->failure,
                 CommitQueue::Limits{.memtable_size = core_->memtable_size()}},
          flusher_{*core_},
          merger_{*core_},
          keeper_{*core_, queue_} {
        queue_.start(core_->visible.load(), opened.active);
        flusher_.start();
        merger_.start();
        keeper_.start();
    }
    ~LsmStore() override {
        closed_->store(true);
        stop_threads();
    }

    Result<Sequence> write(const Batch& batch, const WriteOptions& options) override;
    std::vector<Result<Sequence>> write_all(std::span<const Batch* const> batches,
                                            const WriteOptions& options) override;
    Result<std::optional<Value>> get(Bytes key, const ReadOptions& options) override;
    Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                       const ReadOptions& options) override;
    Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options) override;
    Result<std::unique_ptr<Snapshot>> snapshot() override;
    Result<History> history(Bytes key, const HistoryOptions& options) override;
    Result<Explanation> explain_get(Bytes key, const ReadOptions& options) override;
    Result<Explanation> explain_scan(const ScanOptions& options, std::uint64_t limit) override;
    Result<Explanation> explain_write(const Batch& batch, const WriteOptions& options) override;

    Status sync() override;
    Status flush() override;
    Status compact() override;
    Result<CheckpointReport> checkpoint(const std::string& directory) override;
    Result<CheckReport> check(const CheckOptions& options) override;

    Result<Stats> stats() override;
    Result<std::vector<RunInfo>> runs() override;
    Result<std::vector<FileInfo>> files() override;
    Result<RangeEstimate> estimate(const ScanOptions& options) override;

    [[nodiscard]] const OpenReport& open_report() const noexcept override { return report_; }
    [[nodiscard]] Sequence last_sequence() const noexcept override { return core_->visible.load(); }

    Status close() override;

  private:
    // CommitTarget
    Status wait_for_room(std::size_t bytes, bool seals) override;
    void seal(std::shared_ptr<Memtable> memtable, std::uint64_t last_segment) override;
    void publish(Sequence visible) override;
    Result<std::optional<Value>> newest(Bytes key) override;

    Status check_open() const;
    // A view, and the sequence to read it at.
    struct Reading {
        ViewPtr view;
        Sequence at = 0;
    };
    [[nodiscard]] ExplainedView explained(const Reading& reading) const;
    Result<Reading> begin_read(const Snapshot* snapshot, const std::optional<Sequence>& at) const;
    Status close_log();
    void stop_threads();

    std::unique_ptr<FileLock> lock_;
    OpenReport report_;
    std::unique_ptr<StoreCore> core_;
    Pacer pacer_;
    CommitQueue queue_;
    Flusher flusher_;
    Merger merger_;
    Keeper keeper_;

    std::shared_ptr<std::atomic<bool>> closed_ = std::make_shared<std::atomic<bool>>(false);
    Mutex close_mutex_;
};

Status LsmStore::check_open() const {
    if (closed_->load(std::memory_order_acquire)) {
        return closed_store_error();
    }
    return {};
}

Result<LsmStore::Reading> LsmStore::begin_read(const Snapshot* snapshot,
                                               const std::optional<Sequence>& at) const {
    STRATA_TRY(check_open());
    const Sequence limit = core_->visible.load(std::memory_order_acquire);
    Reading reading{core_->view(), 0};
    reading.at = core_->visible.load(std::memory_order_acquire);
    if (at || snapshot != nullptr) {
        reading.at = STRATA_TRY(sequence_of(
            *reading.view, {.snapshot = snapshot, .at = at, .limit = limit, .newest = reading.at}));
    }
    return reading;
}

Result<Sequence> LsmStore::write(const Batch& batch, const WriteOptions& options) {
    STRATA_TRY(check_open());
    if (batch.empty() && batch.conditions().empty()) {
        return invalid_argument("the batch is empty");
    }
    const SyncMode mode = options.sync.value_or(core_->options().sync);
    auto written = queue_.write(batch, mode.kind == SyncMode::Kind::sync);
    if (written && mode.kind == SyncMode::Kind::interval) {
        keeper_.sync_within(mode.interval);
    }
    return written;
}

std::vector<Result<Sequence>> LsmStore::write_all(std::span<const Batch* const> batches,
                                                  const WriteOptions& options) {
    const SyncMode mode = options.sync.value_or(core_->options().sync);
    const bool sound = check_open().has_value() &&
                       std::all_of(batches.begin(), batches.end(), [](const Batch* batch) {
                           return !batch->empty() || !batch->conditions().empty();
                       });
    if (!sound) {
        // Rare, and each has to be told by itself.
        return Store::write_all(batches, options);
    }
    std::vector<Result<Sequence>> outcomes =
        queue_.write_all(batches, mode.kind == SyncMode::Kind::sync);
    if (mode.kind == SyncMode::Kind::interval) {
        keeper_.sync_within(mode.interval);
    }
    return outcomes;
}

Result<std::optional<Value>> LsmStore::get(Bytes key, const ReadOptions& options) {
    if (options.at) {
        const Reading reading = STRATA_TRY(begin_read(options.snapshot, options.at));
        return get_in(reading.view, key, reading.at);
    }
    STRATA_TRY(check_open());
    const ViewPtr view = core_->view();
    const Sequence at = options.snapshot != nullptr
                            ? options.snapshot->sequence()
                            : core_->visible.load(std::memory_order_acquire);
    return get_in(view, key, at);
}

Result<std::vector<std::optional<Value>>> LsmStore::get_many(std::span<const Bytes> keys,
                                                             const ReadOptions& options) {
    const Reading reading = STRATA_TRY(begin_read(options.snapshot, options.at));
    std::vector<std::optional<Value>> values;
    values.reserve(keys.size());
    for (const Bytes key : keys) {
        values.push_back(STRATA_TRY(get_in(reading.view, key, reading.at)));
    }
    return values;
}

Result<std::unique_ptr<Iterator>> LsmStore::scan(const ScanOptions& options) {
    const Reading reading = STRATA_TRY(begin_read(options.snapshot, options.at));
    return scan_in(reading.view, options, reading.at, closed_);
}

Result<std::unique_ptr<Snapshot>> LsmStore::snapshot() {
    STRATA_TRY(check_open());
    return core_->snapshots->take(core_->visible);
}

Result<History> LsmStore::history(Bytes key, const HistoryOptions& options) {
    const Reading reading = STRATA_TRY(begin_read(nullptr, std::nullopt));
    return history_in(*reading.view, {.key = key,
                                      .at = reading.at,
                                      .options = options,
                                      .segment_of = explained(reading).segment_of});
}

ExplainedView LsmStore::explained(const Reading& reading) const {
    return {.view = reading.view, .at = reading.at, .segment_of = [this](Sequence sequence) {
                return core_->log.segment_of(sequence);
            }};
}

Result<Explanation> LsmStore::explain_get(Bytes key, const ReadOptions& options) {
    const Reading reading = STRATA_TRY(begin_read(options.snapshot, options.at));
    return explain_get_in(explained(reading), key);
}

Result<Explanation> LsmStore::explain_scan(const ScanOptions& options, std::uint64_t limit) {
    const Reading reading = STRATA_TRY(begin_read(options.snapshot, options.at));
    return explain_scan_in(explained(reading), options, limit);
}

Result<Explanation> LsmStore::explain_write(const Batch& batch, const WriteOptions& options) {
    const Reading reading = STRATA_TRY(begin_read(nullptr, std::nullopt));
    Explanation explanation;
    const bool holds = STRATA_TRY(explain_batch_in(explained(reading), batch, explanation));
    if (!holds) {
        explanation.outcome = "conflict: a condition does not hold, nothing would be written";
        return explanation;
    }
    explain_commit(*core_, queue_, pacer_,
                   {.bytes = batch.encoded().size(),
                    .conditional = !batch.conditions().empty(),
                    .mode = options.sync.value_or(core_->options().sync),
                    .sequences = batch.operations()},
                   explanation);
    return explanation;
}

Result<std::optional<Value>> LsmStore::newest(Bytes key) {
    ViewPtr view = core_->view();
    return get_in(std::move(view), key, core_->visible.load(std::memory_order_acquire));
}

void LsmStore::publish(Sequence visible) {
    core_->visible.store(visible, std::memory_order_release);
}

void LsmStore::seal(std::shared_ptr<Memtable> memtable, std::uint64_t last_segment) {
    core_->seal(std::move(memtable), last_segment);
}

Status LsmStore::wait_for_room(std::size_t bytes, bool seals) { return pacer_.wait(bytes, seals); }

Status LsmStore::sync() {
    STRATA_TRY(check_open());
    if (core_->failure.failed()) {
        return core_->failure.refused();
    }
    if (auto synced = core_->log.sync_all(); !synced) {
        core_->failure.set(synced.error());
        return synced;
    }
    return {};
}

Status LsmStore::flush() {
    STRATA_TRY(check_open());
    flusher_.want_all();
    STRATA_TRY(queue_.seal());
    // Everything sealed by now has gone when the newest of it has.
    const ViewPtr start = core_->view();
    if (start->sealed.empty()) {
        return {};
    }
    const auto wanted = start->sealed.front().memtable;
    while (true) {
        const std::uint64_t seen = core_->signals();
        const ViewPtr view = core_->view();
        bool gone = true;
        for (const SealedMemtable& sealed : view->sealed) {
            gone = gone && sealed.memtable != wanted;
        }
        if (gone) {
            return {};
        }
        if (core_->failure.failed()) {
            return core_->failure.refused();
        }
        if (core_->stopping()) {
            return closed_store_error();
        }
        if (const auto trouble = core_->flush_trouble.get()) {
            return make_error(trouble->code,
                              "the flush did not succeed, it will be tried again: {}",
                              trouble->message);
        }
        core_->wait_signal(seen, forever);
    }
}

Status LsmStore::compact() {
    STRATA_TRY(flush());
    STRATA_TRY(merger_.merge_all());
    // The space is free when this returns, unless a reader still holds a table.
    core_->remove_obsolete();
    return {};
}

// The copy goes past the latch: what fails in another directory says nothing about this store.
Result<CheckpointReport> LsmStore::checkpoint(const std::string& directory) {
    STRATA_TRY(sync());
    const StoreCapture capture = STRATA_TRY(core_->capture());
    return copy_store(*core_->tables()->files, capture, {.directory = directory});
}

Result<CheckReport> LsmStore::check(const CheckOptions& options) {
    STRATA_TRY(check_open());
    STRATA_TRY(sync());
    return check_store(core_->files(), core_->directory(), options);
}

Result<Stats> LsmStore::stats() {
    STRATA_TRY(check_open());
    Stats stats = describe(*core_);
    stats.user_bytes_written = queue_.user_bytes();
    stats.groups = queue_.groups();
    return stats;
}

Result<std::vector<RunInfo>> LsmStore::runs() {
    STRATA_TRY(check_open());
    return runs_in(*core_->view());
}

Result<std::vector<FileInfo>> LsmStore::files() {
    STRATA_TRY(check_open());
    return list_files(core_->files(), core_->directory());
}

Result<RangeEstimate> LsmStore::estimate(const ScanOptions& options) {
    STRATA_TRY(check_open());
    return estimate_in(*core_->view(), options);
}

void LsmStore::stop_threads() {
    core_->request_stop();
    queue_.stop();
    keeper_.stop();
    flusher_.stop();
    merger_.stop();
}

Status LsmStore::close() {
    const MutexLock lock{close_mutex_};
    if (closed_->exchange(true)) {
        return {};
    }
    stop_threads();
    Status closed = close_log();
    lock_.reset();
    return closed;
}

Status LsmStore::close_log() {
    if (core_->failure.failed()) {
        return core_->failure.refused();
    }
    // The segment prepared ahead is named by nothing. Its room goes back first: on a full disk the
    // closing manifest, and the next open, need some.
    if (const auto prepared = core_->log.drop_prepared()) {
        core_->add_obsolete(file_name(FileType::wal, *prepared));
        core_->remove_obsolete();
    }
    auto unused = core_->log.close(queue_.last_sequence());
    if (!unused) {
        core_->failure.set(unused.error());
        return unused.take_error();
    }
    STRATA_TRY(core_->save_closing_manifest());
    for (const std::uint64_t number : *unused) {
        core_->add_obsolete(file_name(FileType::wal, number));
    }
    core_->remove_obsolete();
    return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_lsm_store(const std::string& directory,
                                              const Options& options) {
    auto opened = STRATA_TRY(open_directory(directory, options));
    return std::unique_ptr<Store>{std::make_unique<LsmStore>(std::move(opened))};
}

}  // namespace strata
