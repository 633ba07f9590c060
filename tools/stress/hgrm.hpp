// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/latency.hpp"

#include <string>

/// Latencies as a percentile distribution in the text form that HdrHistogram prints and that its
/// plotter reads: lines of value, percentile, count up to it and 1 / (1 - percentile), denser
/// towards the greatest.
namespace strata::tools {

/// In microseconds. `nanoseconds_per_tick`: of the histogram's durations.
[[nodiscard]] std::string hgrm_text(const Histogram& histogram, double nanoseconds_per_tick);

}  // namespace strata::tools
