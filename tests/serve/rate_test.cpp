// SPDX-License-Identifier: Apache-2.0
// Proves the token buckets with a clock that the test moves: the burst, the rate, one bucket per
// client, and that a table that overflows lets nobody wait for ever.
#include "serve/rate.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata::tools {
namespace {

using namespace std::chrono_literals;

TEST_CASE("rates as people write them") {
    CHECK(parse_rate("100")->per_second == 100);
    CHECK_FALSE(parse_rate("100")->each_client);
    CHECK(parse_rate("0.5/client")->per_second == 0.5);
    CHECK(parse_rate("0.5/client")->each_client);
    for (const char* wrong :
         {"", "/client", "-1", "0", "100/s", "x", "1e400", "nan", "inf", "1 "}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_rate(wrong).has_value());
    }
}

TEST_CASE("a burst of one second, then the rate") {
    RateLimiter limiter{{.per_second = 10, .each_client = true}};
    RateLimiter::Clock::time_point now{1000s};
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(limiter.take("a", now).has_value());
    }
    const auto wait = limiter.take("a", now);
    REQUIRE(wait.has_value());
    CHECK(*wait == 100ms);
    CHECK_FALSE(limiter.take("b", now).has_value());
    now += 99ms;
    CHECK(limiter.take("a", now).has_value());
    now += 1ms;
    CHECK_FALSE(limiter.take("a", now).has_value());
    CHECK(limiter.take("a", now).has_value());
    now += 1h;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(limiter.take("a", now).has_value());
    }
    CHECK(limiter.take("a", now).has_value());
    // A clock of another thread may be a little behind.
    CHECK(limiter.take("a", now - 1s).has_value());
}

TEST_CASE("a rate below one a second lets one through") {
    RateLimiter limiter{{.per_second = 0.1, .each_client = false}};
    const RateLimiter::Clock::time_point now{1000s};
    CHECK_FALSE(limiter.take("a", now).has_value());
    CHECK(limiter.take("b", now) == 10'000ms);
    CHECK_FALSE(limiter.take("c", now + 10s).has_value());
}

TEST_CASE("many clients share a table of fixed size") {
    RateLimiter limiter{{.per_second = 1, .each_client = true}};
    const RateLimiter::Clock::time_point now{1000s};
    for (int i = 0; i < 100'000; ++i) {
        CHECK_FALSE(limiter.take("client" + std::to_string(i), now).has_value());
    }
}

}  // namespace
}  // namespace strata::tools
