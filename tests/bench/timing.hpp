// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/latency.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

/// Times the operations of a run, singly and by the second.
namespace strata::bench {

using tools::Histogram;
using tools::TickRate;
using tools::ticks;

/// How long operations took and how many were done in each second since the first began.
struct Timings {
    Histogram latency;
    std::vector<std::uint64_t> per_second;  ///< the last one is only a part of a second

    /// Adds those of a thread that ran at the same time.
    void merge(const Timings& other) {
        latency.merge(other.latency);
        per_second.resize(std::max(per_second.size(), other.per_second.size()));
        for (std::size_t second = 0; second < other.per_second.size(); ++second) {
            per_second[second] += other.per_second[second];
        }
    }

    /// The lowest number of operations in a whole second; empty of a run below three seconds, in
    /// which it would say little.
    [[nodiscard]] std::optional<std::uint64_t> worst_second() const {
        constexpr std::size_t seconds_min = 3;
        if (per_second.size() <= seconds_min) {
            return std::nullopt;
        }
        return *std::min_element(per_second.begin(), per_second.end() - 1);
    }
};

/// Ticks of a second, found within a hundredth of one; exact enough to count by the second.
inline std::uint64_t ticks_per_second() {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds watched{10};
    const std::uint64_t first = ticks();
    const auto start = Clock::now();
    while (Clock::now() - start < watched) {
    }
    return (ticks() - first) * static_cast<std::uint64_t>(std::chrono::seconds{1} / watched);
}

/// Does operation(0) to operation(count - 1), each of which stands for `weight` operations, and
/// times each. One reading of the clock ends an operation and starts the next, so a time includes
/// fetching the key, which is the same few nanoseconds for every engine.
template <typename Operation>
Timings timed(std::uint64_t second, std::uint64_t count, Operation operation,
              std::uint64_t weight = 1) {
    Timings timings;
    std::uint64_t last = ticks();
    std::uint64_t second_end = last + second;
    std::uint64_t done = 0;
    for (std::uint64_t index = 0; index < count; ++index) {
        operation(index);
        const std::uint64_t now = ticks();
        timings.latency.record(now - last);
        last = now;
        for (; now >= second_end; second_end += second, done = 0) {
            timings.per_second.push_back(done);
        }
        done += weight;
    }
    timings.per_second.push_back(done);
    return timings;
}

}  // namespace strata::bench
