// SPDX-License-Identifier: Apache-2.0
// Proves that shrinking leaves the elements that a failure needs and no others, within its number
// of tries; by predicates whose answer is known.
#include "stress/shrink.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace strata::tools {
namespace {

using Indices = std::vector<std::size_t>;

StillFails needs(const Indices& wanted) {
    return [wanted](const Indices& indices) {
        return std::includes(indices.begin(), indices.end(), wanted.begin(), wanted.end());
    };
}

}  // namespace

TEST_CASE("what is needed stays, all else goes") {
    for (const Indices& wanted :
         {Indices{}, Indices{0}, Indices{999}, Indices{3, 4, 5}, Indices{0, 500, 999}}) {
        const ShrinkReport report = shrink(1000, needs(wanted), 100'000);
        CHECK(report.indices == wanted);
        CHECK(report.minimal);
        CHECK(report.tries <= 200);
    }
    CHECK(shrink(0, needs({}), 10).minimal);
}

TEST_CASE("a failure that needs one of two") {
    const auto fails = [](const Indices& indices) {
        return std::find(indices.begin(), indices.end(), 2U) != indices.end() ||
               std::find(indices.begin(), indices.end(), 7U) != indices.end();
    };
    CHECK(shrink(10, fails, 1000).indices.size() == 1);
}

TEST_CASE("the number of tries is kept, and what is left fails") {
    std::uint64_t asked = 0;
    const Indices wanted{1, 50, 98};
    const auto counted = [&](const Indices& indices) {
        ++asked;
        return needs(wanted)(indices);
    };
    const ShrinkReport report = shrink(100, counted, 9);
    CHECK(asked == 9);
    CHECK(report.tries == 9);
    CHECK_FALSE(report.minimal);
    CHECK(needs(wanted)(report.indices));
}

}  // namespace strata::tools
