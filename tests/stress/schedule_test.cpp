// SPDX-License-Identifier: Apache-2.0
// Proves when the operations of an open loop should begin: times and counts are inverse to each
// other, and a ramp holds as many operations as the area under its rate.
#include "stress/schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace strata::tools {

TEST_CASE("a fixed rate is evenly spaced") {
    const Schedule schedule{{1000, 1000}, 10};
    CHECK(schedule.begin_of(0) == 0);
    CHECK(schedule.begin_of(1) == 1'000'000);
    CHECK(schedule.begin_of(123'456) == 123'456'000'000);
    CHECK(schedule.due_by(0) == 1);
    CHECK(schedule.due_by(999'999) == 1);
    CHECK(schedule.due_by(1'000'000) == 2);
}

TEST_CASE("a ramp begins and ends at its rates and goes on at the last") {
    for (const RateSpec rate : {RateSpec{100, 1900}, RateSpec{1900, 100}}) {
        CAPTURE(rate.from);
        const Schedule schedule{rate, 10};
        // 1000 per second on average, for 10 seconds.
        CHECK(schedule.due_by(10'000'000'000) == 10'001);
        CHECK(static_cast<double>(schedule.begin_of(10'000)) == doctest::Approx(1e10));
        const auto gap = [&schedule](std::uint64_t index) {
            return 1e9 /
                   static_cast<double>(schedule.begin_of(index + 1) - schedule.begin_of(index));
        };
        CHECK(gap(0) == doctest::Approx(rate.from).epsilon(0.1));
        CHECK(gap(9'998) == doctest::Approx(rate.to).epsilon(0.1));
        CHECK(gap(20'000) == doctest::Approx(rate.to).epsilon(0.001));
        CHECK(Schedule::seconds_for(rate, 10'000) == doctest::Approx(10));
    }
}

TEST_CASE("an operation is due from the moment at which it should begin") {
    for (const RateSpec rate :
         {RateSpec{50, 50}, RateSpec{10, 5000}, RateSpec{5000, 10}, RateSpec{333.3, 333.3}}) {
        const Schedule schedule{rate, 3};
        std::uint64_t last = 0;
        for (std::uint64_t index = 0; index < 9000; index += 7) {
            const std::uint64_t begin = schedule.begin_of(index);
            CHECK(begin >= last);
            last = begin;
            // A microsecond of rounding.
            CHECK(schedule.due_by(begin + 1000) >= index + 1);
            CHECK((begin < 1000 || schedule.due_by(begin - 1000) <= index + 1));
        }
    }
}

}  // namespace strata::tools
