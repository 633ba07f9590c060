// SPDX-License-Identifier: Apache-2.0
// Proves that integers survive encoding at every edge, and that FieldReader never reads beyond
// its bytes, whatever they hold.
#include "base/coding.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace strata {
namespace {

std::vector<std::uint64_t> edges() {
    std::vector<std::uint64_t> values{0, 1, std::numeric_limits<std::uint64_t>::max()};
    for (unsigned bit = 1; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        values.insert(values.end(), {power - 1, power, power + 1});
    }
    return values;
}

TEST_CASE("varints round trip, and their size is what varint_size says") {
    for (const std::uint64_t value : edges()) {
        std::string bytes;
        append_varint(bytes, value);
        CHECK(bytes.size() == varint_size(value));
        FieldReader reader{bytes};
        CHECK(reader.varint() == value);
        CHECK(reader.ok());
        CHECK(reader.at_end());
    }
}

TEST_CASE("every proper prefix of a varint is refused") {
    for (const std::uint64_t value : edges()) {
        std::string bytes;
        append_varint(bytes, value);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            FieldReader reader{Bytes{bytes}.substr(0, size)};
            CHECK(reader.varint() == 0);
            CHECK_FALSE(reader.ok());
        }
    }
}

TEST_CASE("varints beyond 64 bits are refused") {
    const std::string eleven = std::string(10, '\x80') + '\x01';
    CHECK_FALSE((FieldReader{eleven}.varint() != 0));
    const std::string overflow = std::string(9, '\xff') + '\x02';
    FieldReader reader{overflow};
    CHECK(reader.varint() == 0);
    CHECK_FALSE(reader.ok());
}

TEST_CASE("fixed integers are little-endian") {
    std::string bytes;
    append<std::uint32_t>(bytes, 0x01020304);
    CHECK(bytes == std::string{"\x04\x03\x02\x01"});
    CHECK(load<std::uint32_t>(bytes.data()) == 0x01020304);
}

TEST_CASE("a reader that failed stays failed and yields nothing") {
    FieldReader reader{"abc"};
    CHECK(reader.take(2) == "ab");
    CHECK(reader.fixed<std::uint16_t>() == 0);
    CHECK_FALSE(reader.ok());
    CHECK(reader.take(1).empty());
    CHECK(reader.take(~std::uint64_t{0}).empty());
    CHECK(reader.fixed<std::uint8_t>() == 0);
    CHECK_FALSE(reader.ok());
}

TEST_CASE("round_up") {
    CHECK(round_up(0, 8) == 0);
    CHECK(round_up(1, 8) == 8);
    CHECK(round_up(64, 64) == 64);
    CHECK(round_up(65, 64) == 128);
}

}  // namespace
}  // namespace strata
