// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/options.hpp"

#include <cstdint>

/// When the operations of an open loop should begin: evenly spaced at a fixed rate, or at one that
/// grows or falls evenly over the run.
namespace strata::tools {

class Schedule {
  public:
    /// `seconds`: how long a ramp takes; afterwards its last rate goes on.
    Schedule(const RateSpec& rate, double seconds);

    /// Nanoseconds from the start to the beginning of operation `index`, counted from 0.
    [[nodiscard]] std::uint64_t begin_of(std::uint64_t index) const;
    /// How many operations should have begun by then.
    [[nodiscard]] std::uint64_t due_by(std::uint64_t nanoseconds) const;

    /// How long a ramp must take to hold `operations`.
    [[nodiscard]] static double seconds_for(const RateSpec& rate, std::uint64_t operations);

  private:
    [[nodiscard]] double ramp_operations() const;

    RateSpec rate_;
    double seconds_;
};

}  // namespace strata::tools
