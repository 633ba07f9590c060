// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/// How long single operations take: a clock that costs a few nanoseconds and a histogram.
namespace strata::tools {

/// The processor's time stamp counter where there is one, which is constant in rate on every
/// x86-64 of the last decade; elsewhere nanoseconds.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// Relates ticks to nanoseconds by reading both clocks twice, as far apart as possible: made at
/// the start of the program, asked at its end.
class TickRate {
  public:
    [[nodiscard]] double nanoseconds_per_tick() const {
        const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start_;
        const auto passed = ticks() - start_ticks_;
        return passed == 0 ? 1.0 : elapsed.count() / static_cast<double>(passed);
    }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
    std::uint64_t start_ticks_ = ticks();
};

/// Counts durations in ticks, in buckets whose width is 1/32 of their value, in the way of
/// HdrHistogram: exact below 64 ticks, then an error of at most 3 %. The greatest is kept exactly.
/// One thread at a time; merge those of several threads afterwards.
class Histogram {
  public:
    void record(std::uint64_t duration) {
        ++counts_[bucket(duration)];
        ++total_;
        sum_ += duration;
        max_ = std::max(max_, duration);
    }

    void merge(const Histogram& other) {
        for (std::size_t index = 0; index < counts_.size(); ++index) {
            counts_[index] += other.counts_[index];
        }
        total_ += other.total_;
        sum_ += other.sum_;
        max_ = std::max(max_, other.max_);
    }

    /// The duration that the part `quantile` (0 to 1) of all records does not exceed.
    [[nodiscard]] std::uint64_t quantile(double quantile) const {
        const auto wanted = static_cast<std::uint64_t>(quantile * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t index = 0; index < counts_.size(); ++index) {
            seen += counts_[index];
            if (seen > wanted) {
                return std::min(upper_bound(index), max_);
            }
        }
        return max_;
    }

    /// Calls `each(duration, count)` for every bucket with a record in it, in ascending order, with
    /// the greatest duration that the bucket holds.
    template <typename Each>
    void for_each(Each each) const {
        for (std::size_t index = 0; index < counts_.size(); ++index) {
            if (counts_[index] != 0) {
                each(std::min(upper_bound(index), max_), counts_[index]);
            }
        }
    }

    /// Exact, unless the sum of all durations passes 2^64.
    [[nodiscard]] double mean() const {
        return total_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(total_);
    }
    [[nodiscard]] std::uint64_t max() const { return max_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }

  private:
    // A value of w significant bits above 6 lies in group w - 6; the 5 bits after its leading one
    // choose the bucket within the group.
    static constexpr unsigned exact_bits = 6;
    static constexpr unsigned per_group = 32;

    static std::size_t bucket(std::uint64_t duration) {
        const auto width = static_cast<unsigned>(std::bit_width(duration));
        if (width <= exact_bits) {
            return duration;
        }
        const unsigned group = width - exact_bits;
        return std::size_t{group} * per_group + (duration >> group);
    }

    static std::uint64_t upper_bound(std::size_t index) {
        if (index < 2 * per_group) {
            return index;
        }
        const std::size_t group = index / per_group - 1;
        const std::uint64_t head = index - group * per_group;
        return ((head + 1) << group) - 1;
    }

    std::array<std::uint64_t, (64 - exact_bits) * per_group + 2 * per_group> counts_{};
    std::uint64_t total_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace strata::tools
