// SPDX-License-Identifier: Apache-2.0
#include "stress/schedule.hpp"

#include <cmath>

namespace strata::tools {
namespace {

constexpr double nano = 1e9;

}  // namespace

Schedule::Schedule(const RateSpec& rate, double seconds) : rate_{rate}, seconds_{seconds} {}

double Schedule::seconds_for(const RateSpec& rate, std::uint64_t operations) {
    return 2 * static_cast<double>(operations) / (rate.from + rate.to);
}

double Schedule::ramp_operations() const { return (rate_.from + rate_.to) / 2 * seconds_; }

std::uint64_t Schedule::begin_of(std::uint64_t index) const {
    const auto place = static_cast<double>(index);
    const double ramp = ramp_operations();
    if (rate_.from == rate_.to || place >= ramp) {
        const double before = rate_.from == rate_.to ? 0 : ramp;
        const double start = rate_.from == rate_.to ? 0 : seconds_;
        return static_cast<std::uint64_t>((start + (place - before) / rate_.to) * nano);
    }
    // The rate at time t is from + slope t, so from t + slope t^2 / 2 operations have begun; this
    // is the positive root, written so that it loses no digits.
    const double slope = (rate_.to - rate_.from) / seconds_;
    const double root = std::sqrt(rate_.from * rate_.from + 2 * slope * place);
    return static_cast<std::uint64_t>(2 * place / (rate_.from + root) * nano);
}

std::uint64_t Schedule::due_by(std::uint64_t nanoseconds) const {
    const double time = static_cast<double>(nanoseconds) / nano;
    double begun = 0;
    if (rate_.from == rate_.to) {
        begun = time * rate_.to;
    } else if (time < seconds_) {
        const double slope = (rate_.to - rate_.from) / seconds_;
        begun = rate_.from * time + slope * time * time / 2;
    } else {
        begun = ramp_operations() + (time - seconds_) * rate_.to;
    }
    return static_cast<std::uint64_t>(begun) + 1;
}

}  // namespace strata::tools
