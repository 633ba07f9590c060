// SPDX-License-Identifier: Apache-2.0
// Proves that random numbers fill all 64 bits and do not repeat, by drawing some.
#include "base/random.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>

namespace strata {
namespace {

TEST_CASE("a thousand numbers are different and use every bit") {
    std::set<std::uint64_t> drawn;
    std::uint64_t ones = 0;
    std::uint64_t zeros = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t number = random_u64();
        drawn.insert(number);
        ones |= number;
        zeros |= ~number;
    }
    CHECK(drawn.size() == 1000);
    CHECK(ones == ~std::uint64_t{0});
    CHECK(zeros == ~std::uint64_t{0});
}

}  // namespace
}  // namespace strata
