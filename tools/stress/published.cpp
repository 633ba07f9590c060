// SPDX-License-Identifier: Apache-2.0
#include "stress/published.hpp"

#include "common/error.hpp"
#include "common/sync_mode.hpp"
#include "stress/engine_options.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace strata::tools {
namespace {

/// A count of the published workload, times --scale.
std::uint64_t scaled(const BenchSession& session, double count) {
    return std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::llround(count * session.options().scale)));
}

/// Sizes are the published ones, and bytes random, unless options say otherwise.
Workload base_workload(const BenchSession& session, std::uint64_t value_size) {
    const StressOptions& options = session.options();
    Workload workload;
    workload.key_size = options.key_size.value_or(workload.key_size);
    workload.value_size = options.value_size.value_or(SizeSpec::fixed(value_size));
    workload.compressible = options.compressible.value_or(0);
    workload.distribution = options.distribution.value_or(workload.distribution);
    return workload;
}

Workload with(Workload workload, OperationKind kind) {
    workload.mix = {};
    workload.mix.weights[static_cast<std::size_t>(kind)] = 1;
    workload.inserts_fill = kind == OperationKind::insert;
    workload.scattered = true;
    return workload;
}

void disk_figures(BenchSession& session, const std::string& when) {
    const DiskUse use = session.place().disk();
    session.figure("disk " + when, Unit::bytes, static_cast<double>(use.bytes));
    session.figure("files " + when, Unit::count, static_cast<double>(use.files));
}

/// Compacts, and tells time, disk and files before and after it.
Status compact_with_figures(BenchSession& session) {
    const DiskUse before = session.place().disk();
    disk_figures(session, "before compaction");
    const Stopwatch watch;
    STRATA_TRY(session.store().compact());
    session.figure("compaction", Unit::seconds, watch.seconds());
    disk_figures(session, "after compaction");
    const DiskUse after = session.place().disk();
    if (before.bytes != 0) {
        const double kept = static_cast<double>(after.bytes) / static_cast<double>(before.bytes);
        session.figure("reclaimed", Unit::percent, (1 - kept) * 100);
    }
    return {};
}

/// Fills the log with what is in no table, lets the store go without closing it, as a killed
/// process does, and opens it again.
Status recover_with_figures(BenchSession& session, const Workload& workload) {
    if (session.place().directory().empty()) {
        return {};
    }
    const Options& engine = session.options().engine;
    constexpr std::uint64_t memtable_max = std::uint64_t{64} << 20;
    const std::uint64_t memtable =
        engine.memtable_size.value_or(std::min<std::uint64_t>(engine.memory / 8, memtable_max));
    // Somewhat less than a memtable holds, so that it is not flushed; it needs some bytes for each
    // record besides key and value.
    constexpr std::uint64_t overhead = 96;
    const std::uint64_t record = workload.key_size.most + workload.value_size.most + overhead;
    const std::uint64_t records = std::max<std::uint64_t>(1, memtable / 10 * 8 / record);
    STRATA_TRY(
        session.run(with(workload, OperationKind::put), "fill log", 1, records, SyncMode::none()));
    const Sequence last = session.store().last_sequence();
    const Stopwatch watch;
    STRATA_TRY(session.place().reopen_unclosed());
    session.figure("recovery", Unit::seconds, watch.seconds());
    const OpenReport& opened = session.store().open_report();
    session.report().settings.emplace_back(
        "recovery", "the store is let go without close, as by a killed process, and opened again");
    session.figure("log replayed", Unit::bytes, static_cast<double>(opened.log_bytes_read));
    session.figure("operations replayed", Unit::count,
                   static_cast<double>(opened.operations_replayed));
    if (session.store().last_sequence() != last) {
        return fail(ErrorCode::internal,
                    "after recovery the last sequence is {}, expected {}: acknowledged writes are "
                    "lost",
                    session.store().last_sequence(), last);
    }
    return {};
}

/// Runs the steps of a workload until one fails or the session is stopped.
template <typename... Steps>
Status in_turn(BenchSession& session, Steps... steps) {
    Status status;
    const auto take = [&](auto step) {
        if (status && !session.stopped()) {
            status = step();
        }
    };
    (take(steps), ...);
    return status;
}

// 50,000 inserts, 200,000 overwrites of the same keys and 80,000 deletes. The published deletes are
// known to have left every inserted key alive, so here they go to the keys between.
Status run_stratakv(BenchSession& session, const SyncMode& sync) {
    constexpr std::uint64_t value_size = 8192;
    Workload workload = base_workload(session, value_size);
    workload.keys = scaled(session, 50'000);
    workload.deletes_absent = true;
    const std::uint64_t gets = scaled(session, 10'000);
    const auto look = [&](const std::string& when) {
        return in_turn(
            session,
            [&] {
                return session.run(with(workload, OperationKind::get), "get " + when, 1, gets,
                                   sync);
            },
            [&] {
                return session.run(with(workload, OperationKind::miss), "miss " + when, 1, gets,
                                   sync);
            });
    };
    const auto write = [&](OperationKind kind, const char* name, double count) {
        return session.run(with(workload, kind), name, 1, scaled(session, count), sync);
    };
    double seconds = 0;
    return in_turn(
        session, [&] { return write(OperationKind::insert, "insert", 50'000); },
        [&] { return write(OperationKind::put, "overwrite", 200'000); },
        [&] { return write(OperationKind::del, "delete", 80'000); },
        [&] {
            for (const RunReport& run : session.report().runs) {
                seconds += run.result.seconds;
            }
            session.figure("all writes", Unit::seconds, seconds);
            return look("before");
        },
        [&] { return compact_with_figures(session); }, [&] { return look("after"); },
        [&] { return recover_with_figures(session, workload); });
}

Status run_nosqlengine(BenchSession& session, const SyncMode& sync) {
    constexpr std::uint64_t value_size = 64;
    Workload workload = base_workload(session, value_size);
    const auto run = [&](OperationKind kind, const char* name, unsigned threads, double count,
                         const SyncMode& mode) {
        // Each run of inserts has keys of its own, behind those of the runs before it.
        Workload part = with(workload, kind);
        const std::uint64_t operations = scaled(session, count);
        if (kind == OperationKind::insert) {
            part.inserts_fill = false;
            workload.keys += operations;
        }
        return session.run(part, name, threads, operations, mode);
    };
    workload.keys = 1;
    const SyncMode none = SyncMode::none();
    using Kind = OperationKind;
    return in_turn(
        session, [&] { return run(Kind::insert, "sync put, 1 thread", 1, 5'000, sync); },
        [&] { return run(Kind::insert, "sync put, 16 threads", 16, 20'000, sync); },
        [&] { return run(Kind::insert, "sync put, 64 threads", 64, 40'000, sync); },
        [&] { return run(Kind::insert, "put, 1 thread", 1, 200'000, none); },
        [&] { return run(Kind::insert, "put, 16 threads", 16, 200'000, none); },
        [&] { return run(Kind::get, "get, memtable", 1, 200'000, none); },
        [&] { return session.store().flush(); }, [&] { return compact_with_figures(session); },
        [&] { return run(Kind::get, "warming get", 1, 200'000, none); },
        [&] { return run(Kind::get, "get, table, warm", 1, 200'000, none); },
        [&] { return run(Kind::del, "sync del, 1 thread", 1, 5'000, sync); },
        [&] { return recover_with_figures(session, workload); });
}

Status verify_golsm(BenchSession& session, const Workload& workload) {
    const LiveData live = STRATA_TRY(live_data(session.store()));
    session.figure("live records", Unit::count, static_cast<double>(live.records));
    const CheckReport report = STRATA_TRY(session.store().check());
    session.figure("findings of a check", Unit::count, static_cast<double>(report.findings.size()));
    if (live.records != workload.keys || !report.findings.empty()) {
        return fail(ErrorCode::corruption, "after compaction {} records are there, expected {}; {}",
                    live.records, workload.keys,
                    report.findings.empty() ? "no finding" : report.findings.front().message);
    }
    return {};
}

Status run_golsm(BenchSession& session, const SyncMode& sync) {
    constexpr std::uint64_t value_size = 24;
    Workload workload = base_workload(session, value_size);
    workload.keys = scaled(session, 4'000);
    const auto run = [&](OperationKind kind, const char* name) {
        return session.run(with(workload, kind), name, 1, workload.keys, sync);
    };
    return in_turn(
        session, [&] { return run(OperationKind::insert, "insert"); },
        [&] { return run(OperationKind::put, "overwrite"); },
        [&] { return run(OperationKind::get, "get before"); },
        [&]() -> Status {
            const Stats stats = STRATA_TRY(session.store().stats());
            session.figure("flushes", Unit::count, static_cast<double>(stats.flushes));
            session.figure("merges", Unit::count, static_cast<double>(stats.merges));
            return {};
        },
        [&] { return compact_with_figures(session); },
        [&] { return run(OperationKind::get, "get after"); },
        [&] { return verify_golsm(session, workload); });
}

void configure_nothing(Options&) {}

void configure_golsm(Options& engine) {
    constexpr std::size_t memtable = 512;
    engine.memtable_size = memtable;
}

const PublishedWorkload workloads[] = {
    {.name = "stratakv",
     .summary =
         "8 KB values, synced: inserts, overwrites, deletes; gets, compaction, gets; recovery",
     .configure = configure_nothing,
     .sync = SyncMode::sync(),
     .run = run_stratakv},
    {.name = "nosqlengine",
     .summary = "64 B values: puts by 1, 16, 64 threads, synced and not; gets; synced deletes",
     .configure = configure_nothing,
     .sync = SyncMode::sync(),
     .run = run_nosqlengine},
    {.name = "golsm",
     .summary = "a memtable of 512 bytes: hundreds of flushes, compaction, verification",
     .configure = configure_golsm,
     .sync = SyncMode::none(),
     .run = run_golsm},
};

}  // namespace

std::span<const PublishedWorkload> published_workloads() noexcept { return workloads; }

const PublishedWorkload* find_published(std::string_view name) noexcept {
    const auto* row =
        std::find_if(std::begin(workloads), std::end(workloads),
                     [name](const PublishedWorkload& known) { return known.name == name; });
    return row == std::end(workloads) ? nullptr : row;
}

Status run_published(BenchSession& session, const PublishedWorkload& workload) {
    const StressOptions& options = session.options();
    Options engine = options.engine;
    if (std::ranges::find(options.engine_given, "memtable_size") == options.engine_given.end()) {
        workload.configure(engine);
    }
    const SyncMode sync = options.sync.value_or(workload.sync);
    auto& settings = session.report().settings;
    settings.emplace_back("scale", fmt::format("{}", options.scale));
    settings.emplace_back("sync", sync_mode_text(sync));
    settings.emplace_back("options", engine_options_text(engine));
    STRATA_TRY(session.open(engine, sync));
    return workload.run(session, sync);
}

}  // namespace strata::tools
