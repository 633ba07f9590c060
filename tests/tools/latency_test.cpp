// SPDX-License-Identifier: Apache-2.0
// Proves that the histogram of latencies keeps its promised error, by comparing its quantiles with
// those of the sorted durations themselves.
#include "common/latency.hpp"

#include "common/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace strata::tools {
namespace {

/// At least the exact duration, and at most 1/32 above it.
void check_close(std::uint64_t found, std::uint64_t exact) {
    CAPTURE(found);
    CAPTURE(exact);
    CHECK(found >= exact);
    CHECK(found - exact <= exact / 32);
}

}  // namespace

TEST_CASE("an empty histogram has no duration") {
    const Histogram histogram;
    CHECK(histogram.total() == 0);
    CHECK(histogram.quantile(0.99) == 0);
}

TEST_CASE("every duration lands in a bucket that bounds it") {
    for (unsigned shift = 0; shift < 64; ++shift) {
        for (std::uint64_t near = 0; near < 3; ++near) {
            const std::uint64_t duration = (std::uint64_t{1} << shift) + near - 1;
            Histogram histogram;
            histogram.record(duration);
            // The greatest of all, so that the answer is the bucket's bound, not the maximum.
            histogram.record(std::numeric_limits<std::uint64_t>::max());
            check_close(histogram.quantile(0), duration);
            CHECK(histogram.max() == std::numeric_limits<std::uint64_t>::max());
        }
    }
}

TEST_CASE("quantiles are those of the sorted durations, also after a merge") {
    const std::uint64_t seed = 20;
    CAPTURE(seed);
    Random random{seed};
    std::vector<std::uint64_t> durations;
    Histogram halves[2];
    for (std::size_t index = 0; index < 10'000; ++index) {
        durations.push_back(random.next() >> (30 + random.below(34)));
        halves[index % 2].record(durations.back());
    }
    halves[0].merge(halves[1]);
    std::sort(durations.begin(), durations.end());
    CHECK(halves[0].total() == durations.size());
    CHECK(halves[0].max() == durations.back());
    for (const double quantile : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999}) {
        const auto place = static_cast<std::size_t>(quantile * 10'000);
        check_close(halves[0].quantile(quantile), durations[place]);
    }
}

TEST_CASE("the mean and the walk over the buckets account for every duration") {
    Histogram histogram;
    for (std::uint64_t duration = 1; duration <= 1000; ++duration) {
        histogram.record(duration);
    }
    CHECK(histogram.mean() == doctest::Approx(500.5));
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    histogram.for_each([&](std::uint64_t duration, std::uint64_t count) {
        CHECK(duration > last);
        last = duration;
        total += count;
        // All durations up to the bound of the bucket, and no others, came so far.
        CHECK(total == duration);
    });
    CHECK(last == 1000);
}

}  // namespace strata::tools
