// SPDX-License-Identifier: Apache-2.0
// Proves the CRC with the vectors of RFC 3720 B.4, and that it goes on where it stopped.
#include "leveldb/crc32c.hpp"

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata::level {
namespace {

TEST_CASE("crc32c: published vectors") {
    CHECK(crc32c("") == 0);
    CHECK(crc32c("123456789") == 0xe3069283);
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
    CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
    std::string ascending;
    for (int i = 0; i < 32; ++i) {
        ascending.push_back(static_cast<char>(i));
    }
    CHECK(crc32c(ascending) == 0x46dd794e);
    CHECK(crc32c(std::string{ascending.rbegin(), ascending.rend()}) == 0x113fdb5c);
}

TEST_CASE("crc32c: in two parts as in one") {
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    const std::string bytes = random.bytes(100);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        CHECK(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))) == crc32c(bytes));
    }
}

TEST_CASE("crc32c: the mask is a rotation and a sum") {
    CHECK(masked(0) == 0xa282ead8);
    CHECK(masked(0x00008000) == 0xa282ead9);
    CHECK(masked(0x00000001) == 0xa284ead8);
}

}  // namespace
}  // namespace strata::level
