// SPDX-License-Identifier: Apache-2.0
// Proves that operations come in the parts that a mix asks for.
#include "stress/mix.hpp"

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <array>

namespace strata::tools {

TEST_CASE("mixes in words") {
    CHECK(mix_text(test::must(parse_mix("put=40,get=60"))) == "get=60,put=40");
    CHECK(mix_text(test::must(parse_mix("rmw=1"))) == "rmw=1");
    for (const char* text :
         {"", "get", "get=", "get=x", "get=0", "fly=1", "get=1,,put=1", "get=1000001"}) {
        CAPTURE(text);
        CHECK(test::must_fail(parse_mix(text)).code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("each kind comes as often as its weight says") {
    const Mix mix = test::must(parse_mix("get=50,put=40,del=8,scan=2"));
    Random random{test::test_seed(1)};
    std::array<int, operation_kinds> seen{};
    for (int i = 0; i < 100'000; ++i) {
        ++seen[static_cast<std::size_t>(mix.choose(random))];
    }
    const auto part = [&seen](OperationKind kind) {
        return seen[static_cast<std::size_t>(kind)] / 1000.0;
    };
    CHECK(part(OperationKind::get) == doctest::Approx(50).epsilon(0.02));
    CHECK(part(OperationKind::put) == doctest::Approx(40).epsilon(0.02));
    CHECK(part(OperationKind::del) == doctest::Approx(8).epsilon(0.05));
    CHECK(part(OperationKind::scan) == doctest::Approx(2).epsilon(0.1));
    CHECK(part(OperationKind::insert) == 0);
}

}  // namespace strata::tools
