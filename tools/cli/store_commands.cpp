// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace strata::tools {
namespace {

Facts facts_of(const Stats& stats) {
    return {
        {"store_id", stats.store_id},
        {"last_sequence", SequenceCell{stats.last_sequence}},
        {"durable_sequence", SequenceCell{stats.durable_sequence}},
        {"history_floor", SequenceCell{stats.history_floor}},
        {"memtables", stats.memtables},
        {"memtable_bytes", Size{stats.memtable_bytes}},
        {"log_segments", stats.log_segments},
        {"log_bytes", Size{stats.log_bytes}},
        {"runs", stats.runs},
        {"tables", stats.tables},
        {"table_bytes", Size{stats.table_bytes}},
        {"table_entries", stats.table_entries},
        {"table_deletes", stats.table_deletes},
        {"cache_bytes", Size{stats.cache_bytes}},
        {"cache_hits", stats.cache_hits},
        {"cache_misses", stats.cache_misses},
        {"memory_limit", Size{stats.memory_limit}},
        {"user_bytes_written", Size{stats.user_bytes_written}},
        {"log_bytes_written", Size{stats.log_bytes_written}},
        {"flush_bytes_written", Size{stats.flush_bytes_written}},
        {"merge_bytes_written", Size{stats.merge_bytes_written}},
        {"syncs", stats.syncs},
        {"groups", stats.groups},
        {"flushes", stats.flushes},
        {"merges", stats.merges},
        {"snapshots", stats.snapshots},
        {"delayed_microseconds", stats.delayed_microseconds},
        {"limiter", stats.limiter},
        {"failure", stats.failure},
    };
}

Status print_stats(Session& session, const Invocation& invocation) {
    const Stats stats = STRATA_TRY(session.store().stats());
    const OutputStyle style = invocation.settings().style(session.output(), false);
    Facts facts = facts_of(stats);
    const std::string name = invocation.argument(0);
    if (name.empty()) {
        print_facts(session.output(), style, facts);
        return {};
    }
    const auto found = std::find_if(facts.begin(), facts.end(),
                                    [&name](const auto& fact) { return fact.first == name; });
    if (found == facts.end()) {
        std::vector<std::string_view> names;
        for (const auto& fact : facts) {
            names.emplace_back(fact.first);
        }
        const std::string_view near = nearest(name, names);
        return usage_error("stats: no fact is called \"{}\"{}", escaped(name),
                           near.empty() ? "" : fmt::format("; did you mean {}?", near));
    }
    if (is_json(style.format)) {
        print_facts(session.output(), style, {*found});
        return {};
    }
    // The value alone, for scripts.
    const Sheet sheet{{found->first}, {{found->second}}};
    OutputStyle bare = style;
    bare.format = OutputFormat::tsv;
    print_sheet(session.output(), bare, sheet);
    return {};
}

// Waits in small steps, so that Ctrl-C is noticed.
void pause(std::chrono::microseconds duration) {
    constexpr std::chrono::milliseconds step{50};
    const auto end = std::chrono::steady_clock::now() + duration;
    while (!interrupted() && std::chrono::steady_clock::now() < end) {
        const auto left = end - std::chrono::steady_clock::now();
        std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, step));
    }
}

struct RunTotals {
    std::uint64_t size = 0;
    std::uint64_t entries = 0;
    std::uint64_t deletes = 0;
};

RunTotals totals_of(const RunInfo& run) {
    RunTotals totals;
    for (const TableInfo& table : run.tables) {
        totals.size += table.size;
        totals.entries += table.entries;
        totals.deletes += table.deletes;
    }
    return totals;
}

// What flush and compact report: what was there before and what is there now.
Status report_change(Session& session, const Invocation& invocation, const char* what,
                     const Stats& before, std::chrono::steady_clock::time_point start) {
    const Stats after = STRATA_TRY(session.store().stats());
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    const OutputStyle style = invocation.settings().style(session.output(), false);
    if (is_json(style.format)) {
        print_facts(session.output(), style,
                    {{"bytes_before", before.table_bytes},
                     {"bytes_after", after.table_bytes},
                     {"tables_before", before.tables},
                     {"tables_after", after.tables},
                     {"microseconds", static_cast<std::uint64_t>(spent.count())}});
        return {};
    }
    session.output().write(
        fmt::format("{}: {} in {} -> {} in {}, {}\n", what, size_text(before.table_bytes),
                    count_of(before.tables, "table"), size_text(after.table_bytes),
                    count_of(after.tables, "table"), duration_text(spent)));
    return {};
}

}  // namespace

Result<int> run_stats(Session& session, const Invocation& invocation) {
    const auto every = STRATA_TRY(invocation.duration_option("every"));
    STRATA_TRY(print_stats(session, invocation));
    while (every && !interrupted() && !session.output().failed()) {
        session.output().flush();
        pause(*every);
        if (!interrupted()) {
            STRATA_TRY(print_stats(session, invocation));
        }
    }
    return exit_done;
}

Result<int> run_runs(Session& session, const Invocation& invocation) {
    const std::vector<RunInfo> runs = STRATA_TRY(session.store().runs());
    Sheet sheet;
    if (invocation.has("tables")) {
        sheet.columns = {"run",     "tier",    "table",   "size",    "entries",
                         "deletes", "seq_min", "seq_max", "key_min", "key_max"};
        for (const RunInfo& run : runs) {
            for (const TableInfo& table : run.tables) {
                sheet.rows.push_back({run.number, std::uint64_t{run.tier}, table.number,
                                      Size{table.size}, table.entries, table.deletes,
                                      SequenceCell{table.sequence_min},
                                      SequenceCell{table.sequence_max}, KeyCell{table.key_min},
                                      KeyCell{table.key_max}});
            }
        }
    } else {
        sheet.columns = {"run",     "tier",    "tables",  "size",
                         "entries", "deletes", "key_min", "key_max"};
        for (const RunInfo& run : runs) {
            const RunTotals totals = totals_of(run);
            const bool none = run.tables.empty();
            sheet.rows.push_back({run.number, std::uint64_t{run.tier},
                                  std::uint64_t{run.tables.size()}, Size{totals.size},
                                  totals.entries, totals.deletes,
                                  KeyCell{none ? std::string{} : run.tables.front().key_min},
                                  KeyCell{none ? std::string{} : run.tables.back().key_max}});
        }
    }
    print_sheet(session.output(), invocation.settings().style(session.output(), false), sheet);
    return exit_done;
}

Result<int> run_files(Session& session, const Invocation& invocation) {
    const std::vector<FileInfo> files = STRATA_TRY(session.store().files());
    Sheet sheet{{"name", "role", "size"}, {}};
    for (const FileInfo& file : files) {
        const bool orphan = file.role == "orphan" || file.role == "unknown";
        if (orphan || !invocation.has("orphans")) {
            sheet.rows.push_back({file.name, file.role, Size{file.size}});
        }
    }
    print_sheet(session.output(), invocation.settings().style(session.output(), false), sheet);
    return exit_done;
}

Result<int> run_flush(Session& session, const Invocation& invocation) {
    const Stats before = STRATA_TRY(session.store().stats());
    const auto start = std::chrono::steady_clock::now();
    if (!invocation.settings().dry_run) {
        const InterruptEndsProgram guard;
        STRATA_TRY(session.store().flush());
    }
    STRATA_TRY(report_change(session, invocation, "flush", before, start));
    return exit_done;
}

Result<int> run_compact(Session& session, const Invocation& invocation) {
    const Stats before = STRATA_TRY(session.store().stats());
    if (invocation.has("estimate") || invocation.settings().dry_run) {
        const OutputStyle style = invocation.settings().style(session.output(), false);
        print_facts(session.output(), style,
                    {{"runs", before.runs},
                     {"tables", before.tables},
                     {"bytes_read", Size{before.table_bytes + before.memtable_bytes}},
                     {"entries", before.table_entries},
                     {"deletes", before.table_deletes}});
        return exit_done;
    }
    const auto start = std::chrono::steady_clock::now();
    {
        const InterruptEndsProgram guard;
        STRATA_TRY(session.store().compact());
    }
    STRATA_TRY(report_change(session, invocation, "compact", before, start));
    return exit_done;
}

}  // namespace strata::tools
