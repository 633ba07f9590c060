// SPDX-License-Identifier: Apache-2.0
#include "common/json.hpp"
#include "stress/report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace strata::tools {
namespace {

void real(JsonObject& object, std::string_view name, double value) {
    // JSON has no word for what is not finite.
    object.member(name) += std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

/// Numbers that must keep all their digits.
void exact(JsonObject& object, std::string_view name, double value) {
    object.member(name) += fmt::format("{:.6f}", value);
}

void append_times(std::string& out, const Histogram& times, double nanoseconds_per_tick,
                  const ReportStyle& style) {
    const double scale = nanoseconds_per_tick / 1000;
    JsonObject object{out};
    object.number("count", times.total());
    real(object, "mean", times.mean() * scale);
    for (const double percentile : style.percentiles) {
        real(object, percentile_name(percentile),
             static_cast<double>(times.quantile(percentile / 100)) * scale);
    }
}

void append_kind(std::string& out, const RunReport& run, OperationKind kind, bool beside,
                 const ReportStyle& style) {
    const RunResult& result = run.result;
    const KindTally& tally = *(beside ? result.beside : result.tally).find(kind);
    const double scale = beside ? result.beside_nanoseconds_per_tick : result.nanoseconds_per_tick;
    JsonObject object{out};
    object.text("kind", operation_name(kind));
    object.boolean("beside", beside);
    object.number("operations", tally.operations);
    real(object, "ops_per_s", static_cast<double>(tally.operations) / result.seconds);
    object.number("records", tally.records);
    object.number("bytes", tally.bytes);
    append_times(object.member("service_us"), tally.service, scale, style);
    if (tally.response.total() != 0) {
        append_times(object.member("response_us"), tally.response, scale, style);
    }
}

void append_kinds(std::string& out, const RunReport& run, const ReportStyle& style) {
    const char* separator = "";
    out += '[';
    for (const bool beside : {false, true}) {
        for (std::size_t kind = 0; kind < operation_kinds; ++kind) {
            const auto which = static_cast<OperationKind>(kind);
            const KindTally* tally = (beside ? run.result.beside : run.result.tally).find(which);
            if (tally != nullptr && tally->operations != 0) {
                out += separator;
                append_kind(out, run, which, beside, style);
                separator = ",";
            }
        }
    }
    out += ']';
}

void append_facts(std::string& out, const StoreFacts& facts) {
    JsonObject object{out};
    object.number("disk_bytes", facts.disk.bytes);
    object.number("files", facts.disk.files);
    object.number("runs", facts.stats.runs);
    object.number("tables", facts.stats.tables);
    object.number("table_bytes", facts.stats.table_bytes);
    object.number("log_bytes", facts.stats.log_bytes);
}

void append_run(std::string& out, const RunReport& run, const ReportStyle& style) {
    const RunResult& result = run.result;
    const std::uint64_t operations = result.tally.total().operations;
    JsonObject object{out};
    object.text("name", run.name);
    object.number("threads", run.threads);
    object.text("sync", run.sync);
    object.number("batch", run.batch);
    if (run.rate) {
        real(object, "rate_from", run.rate->from);
        real(object, "rate_to", run.rate->to);
        object.number("late", result.tally.late);
        object.number("skipped", result.tally.skipped);
    }
    object.number("operations", operations);
    exact(object, "seconds", result.seconds);
    real(object, "ops_per_s", static_cast<double>(operations) / result.seconds);
    exact(object, "cpu_seconds", result.cpu_seconds);
    if (result.worst_second) {
        object.number("worst_second", *result.worst_second);
    }
    object.number("delayed_us",
                  run.after.stats.delayed_microseconds - run.before.stats.delayed_microseconds);
    const Amplification factor = amplification_of(run);
    if (factor.write) {
        real(object, "write_amplification", *factor.write);
    }
    if (factor.block_reads) {
        real(object, "blocks_per_read", *factor.block_reads);
    }
    append_kinds(object.member("kinds"), run, style);
    append_facts(object.member("before"), run.before);
    append_facts(object.member("after"), run.after);
    if (!run.intervals.empty()) {
        std::string& list = object.member("intervals");
        const char* separator = "[";
        for (const IntervalFigures& figures : run.intervals) {
            list += separator;
            append_interval_json(list, figures);
            separator = ",";
        }
        list += ']';
    }
    if (!result.stopped.empty()) {
        object.text("stopped", result.stopped);
    }
}

void append_environment(std::string& out, const Environment& environment) {
    JsonObject object{out};
    object.text("processor", environment.processor);
    object.number("cores", environment.cores);
    object.number("memory", environment.memory);
    object.text("kernel", environment.kernel);
    object.text("compiler", environment.compiler);
    object.text("build", environment.build);
    object.text("file_system", environment.file_system);
    object.text("strata", environment.version);
}

}  // namespace

void append_interval_json(std::string& out, const IntervalFigures& figures) {
    const double scale = figures.nanoseconds_per_tick / 1000;
    const Histogram& calls =
        figures.calls.response.total() != 0 ? figures.calls.response : figures.calls.service;
    JsonObject object{out};
    real(object, "end_s", figures.end_seconds);
    object.number("operations", figures.operations);
    real(object, "ops_per_s", static_cast<double>(figures.operations) / figures.seconds);
    real(object, "p50", static_cast<double>(calls.quantile(0.5)) * scale);
    real(object, "p99", static_cast<double>(calls.quantile(0.99)) * scale);
    real(object, "max", static_cast<double>(calls.max()) * scale);
}

void print_report_json(Output& output, const BenchReport& report, const ReportStyle& style) {
    std::string text;
    {
        JsonObject object{text};
        object.text("tool", "strata-stress");
        object.text("mode", "bench");
        object.text("name", report.name);
        object.number("seed", report.seed);
        {
            JsonObject settings{object.member("settings")};
            for (const auto& [name, value] : report.settings) {
                settings.text(name, value);
            }
        }
        append_environment(object.member("environment"), report.environment);
        object.text("store", report.store);
        std::string& runs = object.member("runs");
        const char* separator = "";
        runs += '[';
        for (const RunReport& run : report.runs) {
            runs += separator;
            append_run(runs, run, style);
            separator = ",";
        }
        runs += ']';
        {
            JsonObject figures{object.member("figures")};
            for (const Figure& figure : report.figures) {
                real(figures, figure.name, figure.value);
            }
        }
        if (!report.stopped.empty()) {
            object.text("stopped", report.stopped);
        }
    }
    output.write(text + "\n");
}

}  // namespace strata::tools
