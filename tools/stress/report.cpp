// SPDX-License-Identifier: Apache-2.0
#include "stress/report.hpp"

#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace strata::tools {
namespace {

/// A column of the table of latencies.
struct Series {
    std::string title{};
    const RunReport* run = nullptr;
    const KindTally* tally = nullptr;
    const Histogram* times = nullptr;
    double nanoseconds_per_tick = 1;
};

void add_series(std::vector<Series>& series, const RunReport& run, const std::string& title,
                bool beside) {
    const RunTally& tally = beside ? run.result.beside : run.result.tally;
    const double scale =
        beside ? run.result.beside_nanoseconds_per_tick : run.result.nanoseconds_per_tick;
    const std::uint64_t all = tally.total().operations;
    for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
        const KindTally* found = tally.find(static_cast<OperationKind>(kind));
        if (found == nullptr || found->operations == 0) {
            continue;
        }
        std::string name{operation_name(static_cast<OperationKind>(kind))};
        const bool only = !title.empty() && title == run.name && found->operations == all;
        name = only ? title : title.empty() ? name : fmt::format("{} {}", title, name);
        name += beside ? " beside" : "";
        const bool open = !beside && run.rate.has_value();
        series.push_back({open ? name + " service" : name, &run, found, &found->service, scale});
        if (open) {
            series.push_back({name + " response", &run, found, &found->response, scale});
        }
    }
}

/// What tells the runs of a report apart.
std::string run_title(const BenchReport& report, const RunReport& run) {
    std::string title;
    const bool names = std::any_of(report.runs.begin(), report.runs.end(),
                                   [&](const RunReport& other) { return other.name != run.name; });
    const bool threads =
        std::any_of(report.runs.begin(), report.runs.end(),
                    [&](const RunReport& other) { return other.threads != run.threads; });
    if (names) {
        title = run.name;
    }
    if (threads && !names) {
        title = fmt::format("{}T", run.threads);
    }
    return title;
}

Nanoseconds scaled(double ticks, double scale) {
    return {static_cast<std::uint64_t>(std::llround(ticks * scale))};
}

Count per_second(std::uint64_t count, double seconds) {
    return {seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(count) / seconds) : 0};
}

using Row = std::vector<Cell>;

/// One row for each measure, one column for each series of a group.
Sheet latency_sheet(const Series* first, std::size_t count, const ReportStyle& style) {
    Sheet sheet;
    sheet.columns.emplace_back("");
    Row operations{"operations"};
    Row rates{"per second"};
    Row records{"records"};
    Row record_rates{"records/s"};
    Row means{"mean"};
    std::vector<Row> percentiles;
    for (const double percentile : style.percentiles) {
        percentiles.push_back({percentile_name(percentile)});
    }
    bool scans = false;
    for (const Series* series = first; series != first + count; ++series) {
        const double seconds = series->run->result.seconds;
        sheet.columns.push_back(series->title);
        operations.emplace_back(Count{series->tally->operations});
        rates.emplace_back(per_second(series->tally->operations, seconds));
        const bool walks = series->tally->records > series->tally->operations;
        scans = scans || walks;
        records.push_back(walks ? Cell{Count{series->tally->records}} : Cell{});
        record_rates.push_back(walks ? Cell{per_second(series->tally->records, seconds)} : Cell{});
        means.emplace_back(scaled(series->times->mean(), series->nanoseconds_per_tick));
        for (std::size_t i = 0; i < percentiles.size(); ++i) {
            const auto time =
                static_cast<double>(series->times->quantile(style.percentiles[i] / 100));
            percentiles[i].emplace_back(scaled(time, series->nanoseconds_per_tick));
        }
    }
    sheet.rows = {operations, rates};
    if (scans) {
        sheet.rows.push_back(records);
        sheet.rows.push_back(record_rates);
    }
    sheet.rows.push_back(means);
    sheet.rows.insert(sheet.rows.end(), percentiles.begin(), percentiles.end());
    return sheet;
}

void print_latencies(Output& output, const BenchReport& report, const ReportStyle& style) {
    std::vector<Series> series;
    for (const RunReport& run : report.runs) {
        const std::string title = run_title(report, run);
        add_series(series, run, title, false);
        add_series(series, run, title, true);
    }
    OutputStyle look;
    look.format = OutputFormat::table;
    constexpr std::size_t first_column = 12;
    constexpr std::size_t least_column = 11;
    for (std::size_t from = 0; from < series.size();) {
        std::size_t used = first_column;
        std::size_t to = from;
        while (to < series.size()) {
            const std::size_t width = std::max(series[to].title.size(), least_column) + 2;
            if (to > from && used + width > style.columns) {
                break;
            }
            used += width;
            ++to;
        }
        output.write("\n");
        print_sheet(output, look, latency_sheet(&series[from], to - from, style));
        from = to;
    }
}

std::string seconds_text(double seconds) {
    return nanoseconds_text(static_cast<std::uint64_t>(std::llround(seconds * 1e9)));
}

std::string figure_text(const Figure& figure) {
    const auto whole = static_cast<std::uint64_t>(std::llround(std::max(figure.value, 0.0)));
    switch (figure.unit) {
        case Unit::bytes:
            return size_text(whole);
        case Unit::seconds:
            return seconds_text(figure.value);
        case Unit::ratio:
            return fmt::format("{:.2f}", figure.value);
        case Unit::percent:
            return fmt::format("{:.1f} %", figure.value);
        case Unit::count:
            break;
    }
    return count_text(whole);
}

std::string disk_text(const StoreFacts& facts) {
    return fmt::format("{} in {}", size_text(facts.disk.bytes), count_of(facts.disk.files, "file"));
}

/// What the run cost, and what the store did meanwhile.
std::string cost_text(const RunReport& run) {
    const RunResult& result = run.result;
    const std::uint64_t operations =
        result.tally.total().operations + result.beside.total().operations;
    std::string text =
        fmt::format("{} in {}", count_of(operations, "operation"), seconds_text(result.seconds));
    if (operations != 0) {
        text += fmt::format(", {} CPU each",
                            seconds_text(result.cpu_seconds / static_cast<double>(operations)));
    }
    if (result.worst_second) {
        text += fmt::format(", worst second {}/s", count_text(*result.worst_second));
    }
    const std::uint64_t delayed =
        run.after.stats.delayed_microseconds - run.before.stats.delayed_microseconds;
    if (delayed != 0) {
        text +=
            fmt::format(", writes delayed {}", seconds_text(static_cast<double>(delayed) / 1e6));
    }
    return text;
}

std::string store_text(const RunReport& run) {
    const Amplification factor = amplification_of(run);
    std::string text;
    if (factor.write) {
        text += fmt::format("{:.2f} bytes written per byte of the user", *factor.write);
    }
    if (factor.block_reads) {
        text += fmt::format("{}{:.3f} blocks read per read operation", text.empty() ? "" : ", ",
                            *factor.block_reads);
    }
    return text;
}

std::string found_text(const RunReport& run) {
    const KindTally* gets = run.result.tally.find(OperationKind::get);
    if (gets == nullptr || gets->operations == 0 || gets->records == gets->operations) {
        return {};
    }
    return fmt::format("{} of {} found their key", count_text(gets->records),
                       count_of(gets->operations, "get"));
}

std::string open_loop_text(const RunReport& run) {
    return fmt::format("{} late by more than {}, {} skipped",
                       count_of(run.result.tally.late, "arrival"), duration_text(late_after),
                       count_text(run.result.tally.skipped));
}

using Lines = std::vector<std::pair<std::string, std::string>>;

void add_line(Lines& lines, std::string name, std::string text) {
    if (!text.empty()) {
        lines.emplace_back(std::move(name), std::move(text));
    }
}

void add_run_lines(Lines& lines, const BenchReport& report, const RunReport& run) {
    const std::string title = run_title(report, run);
    add_line(lines, title.empty() ? "run" : title, cost_text(run));
    if (run.rate) {
        add_line(lines, "open loop", open_loop_text(run));
    }
    add_line(lines, "", found_text(run));
    add_line(lines, "", store_text(run));
    if (run.after.disk.files != 0 && run.after.disk.bytes != run.before.disk.bytes) {
        add_line(lines, "",
                 fmt::format("disk {}, before {}", disk_text(run.after), disk_text(run.before)));
    }
    add_line(lines, "stopped", run.result.stopped);
}

/// Names in a column of their own; long text goes on below itself.
void print_lines(Output& output, const Lines& lines, std::size_t columns) {
    std::size_t width = 0;
    for (const auto& line : lines) {
        width = std::max(width, line.first.size());
    }
    const std::size_t room = columns > width + 30 ? columns - width - 2 : std::string::npos;
    for (const auto& [name, text] : lines) {
        std::string_view rest = text;
        std::string left = name;
        while (true) {
            std::size_t cut = rest.size();
            if (rest.size() > room) {
                const std::size_t blank = rest.rfind(' ', room);
                cut = blank == std::string_view::npos ? room : blank;
            }
            output.write(fmt::format("{:<{}}  {}\n", left, width, rest.substr(0, cut)));
            if (cut == rest.size()) {
                break;
            }
            rest.remove_prefix(cut + (rest[cut] == ' ' ? 1 : 0));
            left.clear();
        }
    }
}

}  // namespace

Amplification amplification_of(const RunReport& run) {
    const Stats& before = run.before.stats;
    const Stats& after = run.after.stats;
    Amplification factor;
    const std::uint64_t user = after.user_bytes_written - before.user_bytes_written;
    const std::uint64_t written = after.log_bytes_written + after.flush_bytes_written +
                                  after.merge_bytes_written - before.log_bytes_written -
                                  before.flush_bytes_written - before.merge_bytes_written;
    if (user != 0 && written != 0) {
        factor.write = static_cast<double>(written) / static_cast<double>(user);
    }
    std::uint64_t reads = 0;
    for (const OperationKind kind : {OperationKind::get, OperationKind::miss, OperationKind::rmw}) {
        const KindTally* tally = run.result.tally.find(kind);
        reads += tally == nullptr ? 0 : tally->operations;
    }
    const std::uint64_t misses = after.cache_misses - before.cache_misses;
    if (reads != 0 && after.cache_misses >= before.cache_misses) {
        factor.block_reads = static_cast<double>(misses) / static_cast<double>(reads);
    }
    return factor;
}

std::string percentile_name(double percentile) {
    return percentile >= 100 ? "max" : fmt::format("p{}", percentile);
}

void print_report(Output& output, const BenchReport& report, const ReportStyle& style) {
    Lines lines;
    add_line(lines, "workload", fmt::format("{}, seed {}", report.name, report.seed));
    for (const auto& [name, text] : report.settings) {
        add_line(lines, name, text);
    }
    add_line(lines, "store", report.store);
    add_line(lines, "machine", environment_text(report.environment));
    add_line(lines, "program",
             fmt::format("strata {}, {}, {}", report.environment.version, report.environment.build,
                         report.environment.compiler));
    print_lines(output, lines, style.columns);
    print_latencies(output, report, style);
    lines.clear();
    for (const RunReport& run : report.runs) {
        add_run_lines(lines, report, run);
    }
    for (const Figure& figure : report.figures) {
        add_line(lines, figure.name, figure_text(figure));
    }
    if (report.runs.empty() || report.runs.back().result.stopped != report.stopped) {
        add_line(lines, "stopped", report.stopped);
    }
    output.write("\n");
    print_lines(output, lines, style.columns);
}

std::string interval_text(const IntervalFigures& figures) {
    const auto time = [&figures](std::uint64_t ticks) {
        return nanoseconds_text(static_cast<std::uint64_t>(
            std::llround(static_cast<double>(ticks) * figures.nanoseconds_per_tick)));
    };
    const Histogram& calls =
        figures.calls.response.total() != 0 ? figures.calls.response : figures.calls.service;
    return fmt::format("{:8.1f} s  {:>11}/s  p50 {:>8}  p99 {:>8}  max {:>8}", figures.end_seconds,
                       count_text(static_cast<std::uint64_t>(
                           static_cast<double>(figures.operations) / figures.seconds)),
                       time(calls.quantile(0.5)), time(calls.quantile(0.99)), time(calls.max()));
}

}  // namespace strata::tools
