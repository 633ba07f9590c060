// SPDX-License-Identifier: Apache-2.0
// Proves that every byte format reads back what it wrote, whatever the bytes, and refuses what it
// cannot have written.
#include "common/byte_format.hpp"
#include "common/encoding.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace strata::tools {
namespace {

constexpr ByteFormat all_formats[] = {ByteFormat::esc,    ByteFormat::raw,  ByteFormat::hex,
                                      ByteFormat::base64, ByteFormat::json, ByteFormat::be64,
                                      ByteFormat::le64,   ByteFormat::uuid};

std::string written(ByteFormat format, Bytes bytes) {
    std::string text;
    append_bytes(text, format, bytes);
    return text;
}

void check_round_trip(const std::string& bytes) {
    for (const ByteFormat format : all_formats) {
        const std::string text = written(format, bytes);
        const auto read = parse_bytes(format, text);
        if (!read || *read != bytes) {
            FAIL_CHECK(byte_format_name(format) << ": " << text);
        }
    }
}

TEST_CASE("every format reads back every string of up to two bytes") {
    check_round_trip("");
    for (int first = 0; first < 256; ++first) {
        check_round_trip({static_cast<char>(first)});
        for (int second = 0; second < 256; second += 3) {
            check_round_trip({static_cast<char>(first), static_cast<char>(second)});
        }
    }
}

TEST_CASE("every format reads back random strings, eight and sixteen bytes among them") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    for (int i = 0; i < 3000; ++i) {
        std::string bytes(i % 3 == 0 ? 8 : i % 3 == 1 ? 16 : random() % 40, '\0');
        for (char& byte : bytes) {
            byte = static_cast<char>(random() & 0xff);
        }
        check_round_trip(bytes);
    }
}

TEST_CASE("how bytes look") {
    CHECK(written(ByteFormat::hex, "a\xff") == "61ff");
    CHECK(written(ByteFormat::base64, "hello") == "aGVsbG8=");
    CHECK(written(ByteFormat::json, "a\"b") == "\"a\\\"b\"");
    CHECK(written(ByteFormat::json, "\xff") == "{\"b64\":\"/w==\"}");
    CHECK(written(ByteFormat::be64, std::string{"\0\0\0\0\0\0\x01\0", 8}) == "256");
    CHECK(written(ByteFormat::le64, std::string{"\0\x01\0\0\0\0\0\0", 8}) == "256");
    CHECK(written(ByteFormat::be64, "12") == "\\x{3132}");
    CHECK(written(ByteFormat::uuid, "0123456789abcdef") == "30313233-3435-3637-3839-616263646566");
}

TEST_CASE("names of formats") {
    for (const ByteFormat format : all_formats) {
        const auto parsed = parse_byte_format(byte_format_name(format));
        REQUIRE(parsed);
        CHECK(*parsed == format);
    }
    const auto bad = parse_byte_format("octal");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().message.find("esc|raw|hex") != std::string::npos);
}

TEST_CASE("bad text is refused") {
    CHECK_FALSE(parse_bytes(ByteFormat::hex, "abc"));
    CHECK_FALSE(parse_bytes(ByteFormat::hex, "zz"));
    CHECK_FALSE(parse_bytes(ByteFormat::base64, "a==="));
    CHECK_FALSE(parse_bytes(ByteFormat::base64, "aGk=="));
    CHECK_FALSE(parse_bytes(ByteFormat::json, "\"a"));
    CHECK_FALSE(parse_bytes(ByteFormat::json, "1"));
    CHECK_FALSE(parse_bytes(ByteFormat::json, "{\"b64\":\"*\"}"));
    CHECK_FALSE(parse_bytes(ByteFormat::be64, "-1"));
    CHECK_FALSE(parse_bytes(ByteFormat::be64, "12x"));
    CHECK_FALSE(parse_bytes(ByteFormat::uuid, "00112233-4455-6677-8899-aabbccddeef"));
    const auto placed = parse_bytes(ByteFormat::hex, "xy", 9);
    REQUIRE_FALSE(placed);
    CHECK(placed.error().message ==
          "column 9: expected an even number of hexadecimal digits, found \"xy\"");
}

TEST_CASE("base64 takes both alphabets, padded or not") {
    CHECK(parse_base64("-_-_") == parse_base64("+/+/"));
    CHECK(parse_base64("aGk") == "hi");
    CHECK(parse_base64("") == "");
    CHECK_FALSE(parse_base64("aGl"));
}

}  // namespace
}  // namespace strata::tools
