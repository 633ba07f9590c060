// SPDX-License-Identifier: Apache-2.0
// Proves what a report says, as text of 80 columns and as JSON, of runs with known figures.
#include "stress/report.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

RunReport run_of(unsigned threads, std::uint64_t microseconds) {
    RunReport run;
    run.name = "mix";
    run.threads = threads;
    run.sync = "none";
    run.result.seconds = 2;
    run.result.cpu_seconds = 1;
    for (const OperationKind kind : {OperationKind::get, OperationKind::put}) {
        KindTally& tally = run.result.tally.of(kind);
        tally.operations = 1000;
        tally.records = 1000;
        for (int i = 0; i < 1000; ++i) {
            tally.service.record(microseconds * 1000);
        }
    }
    run.before.stats.user_bytes_written = 1000;
    run.after.stats.user_bytes_written = 3000;
    run.after.stats.log_bytes_written = 2500;
    run.after.stats.flush_bytes_written = 1500;
    run.after.stats.cache_misses = 500;
    run.after.disk = {4096, 3};
    return run;
}

template <typename... Runs>
BenchReport report_of(Runs... runs) {
    BenchReport report;
    report.name = "mix";
    report.seed = 42;
    report.settings = {{"keys", "1,000 of 16 B"}};
    report.store = "memory:";
    (report.runs.push_back(std::move(runs)), ...);
    report.figures = {{"compaction", Unit::seconds, 0.25}, {"reclaimed", Unit::percent, 12.5}};
    return report;
}

std::string text_of(const BenchReport& report, bool json = false) {
    std::string text;
    Output output{text};
    (json ? print_report_json : print_report)(output, report, {{50, 99.9, 100}, 80});
    return text;
}

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("what a run cost comes from the statistics around it") {
    const Amplification factor = amplification_of(run_of(1, 10));
    CHECK(factor.write == doctest::Approx(2));
    CHECK(factor.block_reads == doctest::Approx(0.5));
    const Amplification nothing = amplification_of(RunReport{});
    CHECK_FALSE(nothing.write.has_value());
    CHECK_FALSE(nothing.block_reads.has_value());
}

TEST_CASE("text for people") {
    const std::string text = text_of(report_of(run_of(1, 10)));
    CAPTURE(text);
    CHECK(has(text, "workload  mix, seed 42\nkeys      1,000 of 16 B\n"));
    CHECK(has(text, "operations    1,000    1,000\n"));
    CHECK(has(text, "per second      500      500\n"));
    CHECK(has(text, "p99.9       10.0 us  10.0 us\n"));
    CHECK(has(text, "2,000 operations in 2.00 s, 500 us CPU each\n"));
    CHECK(has(text, "2.00 bytes written per byte of the user, 0.500 blocks read"));
    CHECK(has(text, "disk 4.0 KiB in 3 files, before 0 B in 0 files\n"));
    CHECK(has(text, "compaction  250 ms\nreclaimed   12.5 %\n"));
    CHECK_FALSE(has(text, "worst second"));
}

TEST_CASE("several runs stand beside each other as far as the line allows") {
    const std::string text =
        text_of(report_of(run_of(1, 10), run_of(2, 20), run_of(16, 30), run_of(64, 40)));
    CAPTURE(text);
    CHECK(has(text, "1T GET"));
    CHECK(has(text, "64T PUT"));
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 80);
    }
}

TEST_CASE("an open loop has two times, and counts who was late") {
    RunReport run = run_of(1, 10);
    run.rate = RateSpec{1000, 1000};
    run.result.tally.late = 7;
    run.result.tally.skipped = 8;
    for (const OperationKind kind : {OperationKind::get, OperationKind::put}) {
        run.result.tally.of(kind).response.record(5'000'000);
    }
    const BenchReport report = report_of(std::move(run));
    const std::string text = text_of(report);
    CAPTURE(text);
    CHECK(has(text, "GET SERVICE  GET RESPONSE"));
    CHECK(has(text, "open loop   7 arrivals late by more than 100 us, 8 skipped\n"));
    const std::string json = text_of(report, true);
    CHECK(has(json, "\"late\":7,\"skipped\":8"));
    CHECK(has(json, "\"response_us\":{\"count\":1,\"mean\":5000,\"p50\":5000"));
}

TEST_CASE("JSON is one line with every figure") {
    const std::string json = text_of(report_of(run_of(1, 10), run_of(2, 20)), true);
    CHECK(json.find('\n') == json.size() - 1);
    CHECK(has(json, "\"seed\":42,"));
    CHECK(has(json, "\"threads\":2,\"sync\":\"none\",\"batch\":1,\"operations\":2000,"));
    CHECK(has(json,
              "\"service_us\":{\"count\":1000,\"mean\":10,\"p50\":10,\"p99.9\":10,\"max\":10}"));
    CHECK(has(json, "\"write_amplification\":2,"));
    CHECK(has(json, "\"figures\":{\"compaction\":0.25,\"reclaimed\":12.5}"));
}

TEST_CASE("a line of live figures") {
    IntervalFigures figures;
    figures.end_seconds = 12;
    figures.seconds = 1;
    figures.operations = 345'678;
    figures.calls.service.record(1530);
    CHECK(interval_text(figures) ==
          "    12.0 s      345,678/s  p50  1.53 us  p99  1.53 us  max  1.53 us");
}

}  // namespace strata::tools
