// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "inspect/check.hpp"
#include "inspect/store_files.hpp"
#include "lsm/checkpoint.hpp"
#include "lsm/explain.hpp"
#include "lsm/facts.hpp"
#include "lsm/history.hpp"
#include "lsm/lsm_store.hpp"
#include "lsm/opening.hpp"
#include "lsm/reads.hpp"
#include "lsm/recovery.hpp"
#include "lsm/snapshots.hpp"
#include "version/manifest_file.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace strata {
namespace {

constexpr int attempts_max = 10;
constexpr std::chrono::milliseconds first_pause{10};

// Everything that one moment of a store consists of.
struct Moment {
    Manifest manifest;
    std::shared_ptr<BlockCache> cache;
    ViewPtr view;
    OpenReport report;
    Sequence last = 0;
    LogVerdict log;
};

/// The moment of opening, for ever: tables stay open, so that their bytes stay readable after the
/// owner has unlinked them; the log is in private memtables.
class ReadOnlyStore : public Store {
  public:
    ReadOnlyStore(Moment moment, std::shared_ptr<FileSystem> files, std::string directory)
        : moment_{std::move(moment)},
          files_{std::move(files)},
          directory_{std::move(directory)},
          visible_{moment_.last} {}

    Result<Sequence> write(const Batch& /*batch*/, const WriteOptions& /*options*/) override {
        return refused("a write");
    }
    Result<std::optional<Value>> get(Bytes key, const ReadOptions& options) override {
        STRATA_TRY(check_open());
        const Sequence at = STRATA_TRY(sequence_for(options.snapshot, options.at));
        return get_in(moment_.view, key, at);
    }
    Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                       const ReadOptions& options) override {
        STRATA_TRY(check_open());
        const Sequence at = STRATA_TRY(sequence_for(options.snapshot, options.at));
        std::vector<std::optional<Value>> values;
        values.reserve(keys.size());
        for (const Bytes key : keys) {
            values.push_back(STRATA_TRY(get_in(moment_.view, key, at)));
        }
        return values;
    }
    Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options) override {
        STRATA_TRY(check_open());
        const Sequence at = STRATA_TRY(sequence_for(options.snapshot, options.at));
        return scan_in(moment_.view, options, at, closed_);
    }
    Result<std::unique_ptr<Snapshot>> snapshot() override {
        STRATA_TRY(check_open());
        return snapshots_->take(visible_);
    }
    Result<History> history(Bytes key, const HistoryOptions& options) override {
        STRATA_TRY(check_open());
        return history_in(*moment_.view, {.key = key,
                                          .at = moment_.last,
                                          .options = options,
                                          .segment_of = explained(0).segment_of});
    }
    Result<Explanation> explain_get(Bytes key, const ReadOptions& options) override {
        STRATA_TRY(check_open());
        const Sequence at = STRATA_TRY(sequence_for(options.snapshot, options.at));
        return explain_get_in(explained(at), key);
    }
    Result<Explanation> explain_scan(const ScanOptions& options, std::uint64_t limit) override {
        STRATA_TRY(check_open());
        const Sequence at = STRATA_TRY(sequence_for(options.snapshot, options.at));
        return explain_scan_in(explained(at), options, limit);
    }
    Result<Explanation> explain_write(const Batch& batch,
                                      const WriteOptions& /*options*/) override {
        STRATA_TRY(check_open());
        Explanation explanation;
        const bool holds =
            STRATA_TRY(explain_batch_in(explained(moment_.last), batch, explanation));
        explanation.steps.push_back({.layer = "store",
                                     .verdict = "read-only",
                                     .detail = "queue, pacing, memtable and log are its owner's"});
        explanation.outcome = holds
                                  ? "an owner would commit it"
                                  : "conflict: a condition does not hold, nothing would be written";
        return explanation;
    }

    Status sync() override { return check_open(); }
    Status flush() override { return refused("flush"); }
    Status compact() override { return refused("compact"); }
    Result<CheckpointReport> checkpoint(const std::string& directory) override {
        STRATA_TRY(check_open());
        return copy_directory(*files_, directory_, {.directory = directory});
    }
    Result<CheckReport> check(const CheckOptions& options) override {
        STRATA_TRY(check_open());
        return check_store(*files_, directory_, options);
    }

    Result<Stats> stats() override {
        STRATA_TRY(check_open());
        Stats stats;
        stats.store_id = moment_.manifest.store.to_hex();
        stats.last_sequence = moment_.last;
        stats.durable_sequence = moment_.last;
        describe_view(*moment_.view, stats);
        stats.log_segments = moment_.log.segments.size();
        stats.log_bytes = moment_.log.bytes;
        const BlockCache::Counters cache = moment_.cache->counters();
        stats.cache_bytes = cache.block_bytes;
        stats.cache_hits = cache.hits;
        stats.cache_misses = cache.misses;
        stats.memory_limit = moment_.cache->capacity();
        stats.snapshots = snapshots_->size();
        return stats;
    }
    Result<std::vector<RunInfo>> runs() override {
        STRATA_TRY(check_open());
        return runs_in(*moment_.view);
    }
    Result<std::vector<FileInfo>> files() override {
        STRATA_TRY(check_open());
        return list_files(*files_, directory_);
    }
    Result<RangeEstimate> estimate(const ScanOptions& options) override {
        STRATA_TRY(check_open());
        return estimate_in(*moment_.view, options);
    }
    [[nodiscard]] const OpenReport& open_report() const noexcept override { return moment_.report; }
    [[nodiscard]] Sequence last_sequence() const noexcept override { return moment_.last; }
    Status close() override {
        closed_->store(true);
        return {};
    }

  private:
    [[nodiscard]] Error refused(const char* what) const {
        if (closed_->load()) {
            return closed_store_error();
        }
        return make_error(ErrorCode::read_only, "{}: the store was opened read-only: {} is refused",
                          directory_, what);
    }
    Status check_open() const {
        if (closed_->load(std::memory_order_acquire)) {
            return closed_store_error();
        }
        return {};
    }
    [[nodiscard]] Result<Sequence> sequence_for(const Snapshot* snapshot,
                                                const std::optional<Sequence>& at) const {
        return sequence_of(
            *moment_.view,
            {.snapshot = snapshot, .at = at, .limit = moment_.last, .newest = moment_.last});
    }
    [[nodiscard]] ExplainedView explained(Sequence at) const {
        return {.view = moment_.view, .at = at, .segment_of = [this](Sequence sequence) {
                    return segment_of(sequence);
                }};
    }
    [[nodiscard]] std::optional<std::uint64_t> segment_of(Sequence sequence) const {
        for (const ReadSegment& segment : moment_.log.segments) {
            if (sequence >= segment.first_sequence && sequence <= segment.last_sequence) {
                return segment.number;
            }
        }
        return std::nullopt;
    }

    Moment moment_;
    std::shared_ptr<FileSystem> files_;
    std::string directory_;
    std::atomic<Sequence> visible_;
    std::shared_ptr<SnapshotList> snapshots_ = std::make_shared<SnapshotList>();
    std::shared_ptr<std::atomic<bool>> closed_ = std::make_shared<std::atomic<bool>>(false);
};

Result<Moment> read_moment(const std::shared_ptr<FileSystem>& files, const std::string& directory,
                           const Options& options, Manifest manifest) {
    Moment moment;
    STRATA_TRY(check_tables_present(*files, directory, manifest));
    moment.manifest = manifest;
    moment.cache = std::make_shared<BlockCache>(options.memory);
    auto view = std::make_shared<ReadView>();
    const auto context =
        std::make_shared<const TableContext>(TableContext{.files = files,
                                                          .directory = directory,
                                                          .cache = moment.cache,
                                                          .mapped = options.mapped_tables});
    auto version = std::make_shared<const Version>(manifest.runs, context);
    // All tables are opened at once: a descriptor outlives the name that the owner may unlink.
    for (const auto& run : version->runs()) {
        for (const auto& table : run->tables()) {
            STRATA_TRY(table->table());
        }
    }
    view->version = std::move(version);
    view->history_floor = manifest.history_floor();
    const std::size_t memtable_size = STRATA_TRY(check_options(options));
    auto recovered = STRATA_TRY(
        recover(*files, directory, std::move(manifest), {.memtable_size = memtable_size}));
    view->sealed = std::move(recovered.memtables);
    moment.view = std::move(view);
    moment.report = std::move(recovered.report);
    moment.last = recovered.log.last_sequence;
    moment.log = std::move(recovered.log);
    return moment;
}

}  // namespace

Result<std::unique_ptr<Store>> open_lsm_store_read_only(const std::string& directory,
                                                        const Options& options) {
    const auto start = SteadyClock::now();
    const std::shared_ptr<FileSystem> files = file_system_of(options);
    std::chrono::milliseconds pause = first_pause;
    std::optional<Error> last_error;
    for (int attempt = 1; attempt <= attempts_max; ++attempt) {
        const auto status = STRATA_TRY(files->status(directory));
        if (!status || status->kind != FileKind::directory) {
            return no_store_error(*files, directory);
        }
        auto manifest = STRATA_TRY(load_newest_manifest(*files, directory));
        if (!manifest) {
            return no_store_error(*files, directory);
        }
        const std::uint64_t number = manifest->number;
        auto moment = read_moment(files, directory, options, std::move(*manifest));
        if (moment) {
            moment->report.microseconds = microseconds_since(start);
            return std::unique_ptr<Store>{
                std::make_unique<ReadOnlyStore>(std::move(*moment), files, directory)};
        }
        // The owner publishes a manifest before it removes what the old one names: with a newer
        // one, files that are gone or changed mean nothing.
        const auto newest = STRATA_TRY(load_newest_manifest(*files, directory));
        if (!newest || newest->number == number) {
            return moment.take_error();
        }
        last_error = moment.take_error();
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
    return make_error(ErrorCode::busy, "{}: changes faster than it can be read: {}", directory,
                      last_error ? last_error->message : std::string{});
}

}  // namespace strata
