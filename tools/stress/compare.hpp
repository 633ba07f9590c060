// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What changed between two reports of a benchmark. A file may hold several reports, one per line:
/// repetitions of one run. Then medians are compared, and a difference within the spread of the
/// base, the distance of its least from its greatest value, is none either.
namespace strata::tools {

/// One figure of all repetitions.
struct Measure {
    std::string name{};          ///< "readrandom 1T get p99 us"
    bool more_is_better = true;  ///< a rate, not a time or a size
    std::vector<double> values{};
};
using Measures = std::vector<Measure>;

/// Reads reports, one JSON object per line. `path` is for messages.
Result<Measures> read_measures(const std::string& path, std::string_view text);

enum class Verdict : std::uint8_t { same, better, worse, only_base, only_new };

struct Comparison {
    std::string name{};
    double base = 0;    ///< median
    double now = 0;     ///< median
    double change = 0;  ///< part of the base, positive when it grew
    double noise = 0;   ///< part of the base that makes no difference
    Verdict verdict = Verdict::same;
};

/// In the order of the base, then what only the new one has. `threshold`: part of the base.
[[nodiscard]] std::vector<Comparison> compare_measures(const Measures& base, const Measures& now,
                                                       double threshold);

}  // namespace strata::tools
