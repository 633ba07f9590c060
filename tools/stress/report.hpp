// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"
#include "common/process_facts.hpp"
#include "stress/environment.hpp"
#include "stress/runner.hpp"

#include <strata/stats.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a benchmark found, as text for people and as one JSON object on one line.
namespace strata::tools {

/// State of a store around a run.
struct StoreFacts {
    Stats stats{};
    DiskUse disk{};
};

/// One run of a workload.
struct RunReport {
    std::string name{};
    unsigned threads = 1;
    std::optional<RateSpec> rate{};
    std::uint64_t batch = 1;
    std::string sync{};
    std::uint64_t block_size = 0;
    RunResult result{};
    StoreFacts before{};
    StoreFacts after{};
    std::vector<IntervalFigures> intervals{};
};

enum class Unit : std::uint8_t { count, bytes, seconds, ratio, percent };

/// Another figure, in its place among the runs.
struct Figure {
    std::string name{};  ///< "disk before compaction"
    Unit unit = Unit::count;
    double value = 0;
};

struct BenchReport {
    std::string name{};
    std::uint64_t seed = 0;
    std::vector<std::pair<std::string, std::string>> settings{};
    Environment environment{};
    std::string store{};  ///< where it is
    std::vector<RunReport> runs{};
    std::vector<Figure> figures{};
    std::string stopped{};  ///< why it ended early; empty: it did not
};

/// What a run cost the store, from its statistics. Unset where there is nothing to divide by.
struct Amplification {
    std::optional<double> write{};  ///< bytes to log and tables for each byte of keys and values
    std::optional<double> block_reads{};  ///< blocks that were not in the cache, for each read
};
[[nodiscard]] Amplification amplification_of(const RunReport& run);

/// "p50", "p99.9", "max"
[[nodiscard]] std::string percentile_name(double percentile);

struct ReportStyle {
    std::vector<double> percentiles{};
    std::size_t columns = 80;  ///< of the output; tables that do not fit are cut into several
};

void print_report(Output& output, const BenchReport& report, const ReportStyle& style);
void print_report_json(Output& output, const BenchReport& report, const ReportStyle& style);

/// One line of live figures.
[[nodiscard]] std::string interval_text(const IntervalFigures& figures);
void append_interval_json(std::string& out, const IntervalFigures& figures);

}  // namespace strata::tools
