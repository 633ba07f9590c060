// SPDX-License-Identifier: Apache-2.0
#include "stress/hgrm.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace strata::tools {
namespace {

// HdrHistogram's usual number of lines for each halving of the distance to 100 %.
constexpr double lines_per_halving = 5;

/// The percentile of the line after one at `percentile`, from 0 to 1.
double next_percentile(double percentile) {
    const double halvings = std::floor(std::log2(1 / (1 - percentile))) + 1;
    return percentile + 1 / (lines_per_halving * std::pow(2, halvings));
}

double standard_deviation(const Histogram& histogram) {
    const double mean = histogram.mean();
    double squares = 0;
    histogram.for_each([&](std::uint64_t duration, std::uint64_t count) {
        const double distance = static_cast<double>(duration) - mean;
        squares += distance * distance * static_cast<double>(count);
    });
    return std::sqrt(squares / static_cast<double>(histogram.total()));
}

}  // namespace

std::string hgrm_text(const Histogram& histogram, double nanoseconds_per_tick) {
    std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
    if (histogram.total() == 0) {
        return text;
    }
    const auto out = std::back_inserter(text);
    const double scale = nanoseconds_per_tick / 1000;
    const auto total = static_cast<double>(histogram.total());
    double wanted = 0;
    std::uint64_t seen = 0;
    histogram.for_each([&](std::uint64_t duration, std::uint64_t count) {
        seen += count;
        const double reached = static_cast<double>(seen) / total;
        const double value = static_cast<double>(duration) * scale;
        // Percentiles are sums of fractions, which need not come out even.
        constexpr double rounding = 1e-12;
        while (wanted <= reached + rounding && seen < histogram.total()) {
            fmt::format_to(out, "{:12.3f} {:2.12f} {:10} {:14.2f}\n", value, wanted, seen,
                           1 / (1 - wanted));
            wanted = next_percentile(wanted);
        }
    });
    const double max = static_cast<double>(histogram.max()) * scale;
    fmt::format_to(out, "{:12.3f} {:2.12f} {:10}\n", max, 1.0, histogram.total());
    fmt::format_to(out, "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n",
                   histogram.mean() * scale, standard_deviation(histogram) * scale);
    fmt::format_to(out, "#[Max     = {:12.3f}, Total count    = {:12}]\n", max, histogram.total());
    fmt::format_to(out, "#[Buckets = {:12}, SubBuckets     = {:12}]\n", 58, 32);
    return text;
}

}  // namespace strata::tools
