// SPDX-License-Identifier: Apache-2.0
// Proves that hash64 is XXH3-64 with a seed, by the header check of the worked log example: the
// formats depend on these very numbers.
#include "base/hash.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata {
namespace {

TEST_CASE("hash64 gives the published values of XXH3-64") {
    CHECK(hash64("", 0) == 0x2d06800538d394c2U);
    CHECK(hash64("", 0) != hash64("", 1));
    CHECK(hash64("a", 0) != hash64("b", 0));
}

TEST_CASE("the key of the worked log example") {
    using namespace std::string_literals;
    const std::string header =
        "STRATWAL\x01\x00\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s
        "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"s
        "\x07\x00\x00\x00\x00\x00\x00\x00\x88\x77\x66\x55\x44\x33\x22\x11"s;
    REQUIRE(header.size() == 56);
    CHECK(hash64(header, 0) == 0xc17db87ce89f008bU);
}

}  // namespace
}  // namespace strata
