// SPDX-License-Identifier: Apache-2.0
#include "stress/bench_session.hpp"

#include "common/interrupt.hpp"
#include "common/process_facts.hpp"
#include "common/progress.hpp"
#include "common/sync_mode.hpp"
#include "common/units.hpp"
#include "stress/engine_options.hpp"
#include "stress/preset.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace strata::tools {
namespace {

std::string per_second_text(std::uint64_t count, double seconds) {
    return count_text(static_cast<std::uint64_t>(static_cast<double>(count) / seconds)) + "/s";
}

/// "42%, 1,234,567 operations", of a run that knows how many it will make.
std::string progress_text(std::uint64_t done, std::uint64_t total, double seconds) {
    std::string text = total == 0 ? "" : fmt::format("{}%, ", done * 100 / total);
    text += count_of(done, "operation");
    if (seconds > 0) {
        text += ", " + per_second_text(done, seconds);
    }
    return text;
}

}  // namespace

BenchSession::BenchSession(const StressContext& context, std::string name) : context_{context} {
    report_.name = std::move(name);
    report_.seed = context.options.seed;
}

Status BenchSession::open(const Options& engine, const SyncMode& sync) {
    place_.reset();
    StressOptions options = context_.options;
    options.engine = engine;
    const std::string where = options.words.empty() ? "" : options.words.front();
    place_ = STRATA_TRY(BenchStore::open(options, where, sync));
    const std::string& directory = place_->directory();
    report_.environment = environment_of(directory);
    report_.store = (directory.empty() ? where : directory) +
                    (place_->temporary() ? ", removed at the end" : "");
    return {};
}

StoreFacts BenchSession::facts() {
    StoreFacts facts;
    if (auto stats = store().stats()) {
        facts.stats = std::move(*stats);
    }
    if (!place_->directory().empty()) {
        facts.disk = place_->disk();
    }
    return facts;
}

std::string BenchSession::reason_to_stop() {
    if (interrupted()) {
        return timed_out() ? "time is up" : "interrupted";
    }
    const std::uint64_t limit = context_.options.max_disk;
    // Walking over thousands of files costs more than a question some times a second may.
    constexpr std::uint64_t disk_every = 4;
    if (limit != 0 && disk_asked_++ % disk_every == 0 && !place_->directory().empty()) {
        const DiskUse use = place_->disk();
        if (use.bytes > limit) {
            return fmt::format("the store takes {}, more than --max-disk {}", size_text(use.bytes),
                               size_text(limit));
        }
    }
    return {};
}

Status BenchSession::load(const Workload& workload, Prepare prepare) {
    Diagnostics& diagnostics = context_.diagnostics;
    Store& target = store();
    if (context_.options.use_existing) {
        const bool held = STRATA_TRY(holds_keys(target, workload));
        if (held) {
            return {};
        }
    }
    Progress progress{diagnostics.output(), "load", !diagnostics.quiet() && !diagnostics.json()};
    const Stopwatch watch;
    double shown = 0;
    LoadRequest request;
    request.keys = workload.keys;
    request.seed = context_.options.seed;
    request.stop = [&](std::uint64_t done) {
        constexpr double pause = 0.2;
        if (watch.seconds() - shown < pause) {
            return false;
        }
        shown = watch.seconds();
        progress.show_text(progress_text(done, workload.keys, shown));
        report_.stopped = reason_to_stop();
        return stopped();
    };
    const std::uint64_t loaded = STRATA_TRY(load_keys(target, workload, request));
    const double seconds = watch.seconds();
    const Stopwatch preparation;
    if (!stopped() && prepare == Prepare::flush) {
        progress.show_text("flush");
        STRATA_TRY(target.flush());
    } else if (!stopped() && prepare == Prepare::compact) {
        progress.show_text("compact");
        STRATA_TRY(target.compact());
    }
    report_.settings.emplace_back(
        "loaded", fmt::format("{} in {} ({}){}", count_of(loaded, "key"),
                              nanoseconds_text(static_cast<std::uint64_t>(seconds * 1e9)),
                              per_second_text(loaded, seconds),
                              prepare == Prepare::none
                                  ? ""
                                  : fmt::format(", then {} in {}", prepare_text(prepare),
                                                nanoseconds_text(static_cast<std::uint64_t>(
                                                    preparation.seconds() * 1e9)))));
    return {};
}

void BenchSession::show(const IntervalFigures& figures) {
    Diagnostics& diagnostics = context_.diagnostics;
    if (diagnostics.quiet()) {
        return;
    }
    std::string line;
    if (diagnostics.json()) {
        append_interval_json(line, figures);
    } else {
        line = interval_text(figures);
    }
    diagnostics.output().write(line + "\n");
    diagnostics.output().flush();
}

Status BenchSession::run(RunSpec spec, const std::string& name, const SyncMode& sync) {
    Diagnostics& diagnostics = context_.diagnostics;
    RunReport report;
    report.name = name;
    report.threads = spec.threads;
    report.rate = spec.rate;
    report.batch = spec.batch;
    report.sync = sync_mode_text(sync);
    report.before = facts();
    spec.seed = context_.options.seed;
    Progress progress{diagnostics.output(), name, !diagnostics.quiet() && !diagnostics.json()};
    const Stopwatch watch;
    if (context_.options.interval) {
        spec.interval = *context_.options.interval;
        spec.on_interval = [&](const IntervalFigures& figures) {
            progress.clear();
            report.intervals.push_back(figures);
            show(figures);
        };
    }
    spec.stop_reason = [&](std::uint64_t done) {
        progress.show_text(progress_text(done, spec.operations, watch.seconds()));
        return reason_to_stop();
    };
    const std::unique_ptr<Target> target = place_->target(sync);
    report.result = run_workload(spec, *target);
    progress.clear();
    report.after = facts();
    report_.stopped = report.result.stopped;
    std::optional<Error> error = std::move(report.result.error);
    if (error) {
        report.result.stopped = error->message;
    }
    report_.runs.push_back(std::move(report));
    if (error) {
        return *std::move(error);
    }
    return {};
}

Status BenchSession::run(const Workload& workload, const std::string& name, unsigned threads,
                         std::uint64_t operations, const SyncMode& sync) {
    RunSpec spec;
    spec.workload = workload;
    spec.threads = threads;
    spec.operations = operations;
    return run(std::move(spec), name, sync);
}

void BenchSession::figure(std::string name, Unit unit, double value) {
    report_.figures.push_back({std::move(name), unit, value});
}

Status BenchSession::measure_space() {
    constexpr std::uint64_t walk_bytes_max = std::uint64_t{2} << 30;
    figure("peak memory", Unit::bytes, static_cast<double>(peak_memory_bytes()));
    if (place_->directory().empty() || stopped()) {
        return {};
    }
    const DiskUse use = place_->disk();
    if (use.bytes > walk_bytes_max) {
        return {};
    }
    const LiveData live = STRATA_TRY(live_data(store()));
    figure("live records", Unit::count, static_cast<double>(live.records));
    figure("live bytes", Unit::bytes, static_cast<double>(live.bytes));
    if (live.bytes != 0) {
        figure("disk per live byte", Unit::ratio,
               static_cast<double>(use.bytes) / static_cast<double>(live.bytes));
    }
    return {};
}

}  // namespace strata::tools
