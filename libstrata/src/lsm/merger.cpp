// SPDX-License-Identifier: Apache-2.0
#include "lsm/merger.hpp"

#include "compact/compaction.hpp"
#include "compact/merge.hpp"
#include "lsm/outputs.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

constexpr std::chrono::milliseconds idle_pause{1000};
constexpr std::chrono::milliseconds first_pause{1000};
constexpr std::chrono::milliseconds longest_pause{60'000};

}  // namespace

void Merger::start() {
    // Without workers nothing is merged by itself, but somebody must be there for merge_all().
    const unsigned count = std::max(1U, core_.options().workers);
    for (unsigned i = 0; i < count; ++i) {
        threads_.emplace_back([this] { run(); });
    }
}

void Merger::stop() {
    stop_.store(true);
    core_.signal();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

std::string Merger::trouble() const {
    const MutexLock lock{mutex_};
    return trouble_;
}

Status Merger::merge_all() {
    std::uint64_t ticket = 0;
    {
        const MutexLock lock{mutex_};
        ticket = ++asked_;
        retry_at_ = {};
    }
    core_.signal();
    while (true) {
        const std::uint64_t seen = core_.signals();
        {
            const MutexLock lock{mutex_};
            if (served_ >= ticket) {
                return manual_failed_ >= ticket ? Status{Error{manual_error_}} : Status{};
            }
        }
        if (core_.failure.failed()) {
            return core_.failure.refused();
        }
        if (core_.stopping()) {
            return make_error(ErrorCode::closed, "the store is closing");
        }
        core_.wait_signal(seen, idle_pause);
    }
}

void Merger::run() {
    while (!core_.stopping() && !stop_.load()) {
        const std::uint64_t seen = core_.signals();
        std::optional<Work> work = core_.failure.failed() ? std::nullopt : find_work();
        if (!work) {
            core_.wait_signal(seen, idle_pause);
            continue;
        }
        const Status status = carry_out(*work);
        finish(std::move(*work), status);
        core_.signal();
    }
}

std::optional<Merger::Work> Merger::find_work() {
    const MutexLock lock{mutex_};
    const std::shared_ptr<const Version> version = core_.view()->version;
    const VersionShape shape = shape_of(
        *version, [&](const Run* run) STRATA_REQUIRES(mutex_) { return busy_.contains(run); });
    const bool manual = served_ < asked_;
    std::optional<Plan> plan;
    if (manual) {
        plan = plan_full(shape);
        if (!plan && busy_.empty()) {
            served_ = asked_;  // there is nothing to merge
            core_.signal();
            return std::nullopt;
        }
    } else if (core_.options().workers > 0 && SteadyClock::now() >= retry_at_) {
        const std::vector<Sequence> snapshots = core_.snapshots->list();
        plan = pick(shape, {.space_amp = core_.options().space_amp,
                            .flush_bytes = core_.memtable_size(),
                            .droppable = snapshots.empty() ? sequence_max : snapshots.front()});
    }
    if (!plan) {
        return std::nullopt;
    }
    Work work{.compaction = Compaction{version, std::move(*plan)}, .serves = manual ? asked_ : 0};
    for (const auto& run : work.compaction.inputs()) {
        busy_.insert(run.get());
    }
    return work;
}

Status Merger::carry_out(const Work& work) {
    const auto start = SteadyClock::now();
    const Compaction& compaction = work.compaction;
    if (compaction.is_join()) {
        STRATA_TRY(core_.install({.edit = compaction.edit({})}));
        core_.events.add("join: {} runs become one of tier {}", compaction.inputs().size(),
                         compaction.plan().tier);
        return {};
    }
    MergeInput input;
    input.cursor = compaction.cursor();
    input.limits = {.snapshots = core_.snapshots->list(),
                    .older_may_contain = compaction.older_may_contain()};
    input.sink = sink_options(core_, compaction.plan().tier);
    input.sink.boundaries = compaction.boundaries();
    input.sink.table.tombstone_oldest_ms = compaction.tombstone_oldest_ms();
    input.stop = &stop_;
    const MergeResult merged = STRATA_TRY(run_merge(std::move(input)));
    if (merged.stopped) {
        return make_error(ErrorCode::closed, "the merge was stopped");
    }
    if (auto installed = core_.install({.edit = compaction.edit(core_.make_tables(merged.tables)),
                                        .history_floor = merged.history_floor});
        !installed) {
        discard_outputs(core_, merged.tables);
        return installed;
    }
    core_.counters.merges.fetch_add(1);
    core_.counters.merge_bytes.fetch_add(merged.bytes_written);
    core_.events.add("merge: {} runs, {} to {} bytes, {} of {} entries kept, {} ms",
                     compaction.inputs().size(), compaction.bytes(), merged.bytes_written,
                     merged.kept, merged.kept + merged.dropped, microseconds_since(start) / 1000);
    return {};
}

void Merger::finish(Work work, const Status& status) {
    const std::uint64_t serves = work.serves;
    {
        const MutexLock lock{mutex_};
        for (const auto& run : work.compaction.inputs()) {
            busy_.erase(run.get());
        }
    }
    {
        // Let go of before anybody is told, so that the files of the inputs may be removed then.
        const Compaction ended{std::move(work.compaction)};
    }
    const MutexLock lock{mutex_};
    if (serves != 0) {
        served_ = std::max(served_, serves);
        if (!status) {
            manual_failed_ = serves;
            manual_error_ = status.error();
        }
    }
    if (status) {
        trouble_.clear();
        pause_ = first_pause;
        return;
    }
    if (core_.stopping() || status.error().code == ErrorCode::closed) {
        return;
    }
    // A full disk may have room again; damaged inputs stay as they are, and every attempt costs.
    trouble_ = status.error().message;
    core_.events.add("merge failed: {}", trouble_);
    retry_at_ = SteadyClock::now() + pause_;
    pause_ = std::min(pause_ * 2, longest_pause);
}

}  // namespace strata
