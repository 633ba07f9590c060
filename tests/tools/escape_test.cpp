// SPDX-License-Identifier: Apache-2.0
// Proves that what the text form writes is read back as the same bytes, for every string of one and
// two bytes and for random longer ones, that every escape means what it should, and that bad text
// is refused with its column.
#include "common/escape.hpp"
#include "common/utf8.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace strata::tools {
namespace {

std::string read(std::string_view text) {
    auto bytes = parse_escaped(text);
    return bytes ? *bytes : "error: " + bytes.error().message;
}

bool is_canonical(const std::string& text, bool ascii) {
    for (const char byte : text) {
        const auto value = static_cast<unsigned char>(byte);
        if (value < ' ' || value == 0x7f || (ascii && value > 0x7f)) {
            return false;
        }
    }
    return is_utf8(text);
}

void check_round_trip(const std::string& bytes) {
    for (const bool ascii : {false, true}) {
        const std::string text = escaped(bytes, ascii);
        if (!is_canonical(text, ascii) || read(text) != bytes) {
            FAIL_CHECK("written as " << text << ", read as " << escaped(read(text)));
        }
    }
}

TEST_CASE("every string of one and two bytes is read back") {
    check_round_trip("");
    for (int first = 0; first < 256; ++first) {
        check_round_trip({static_cast<char>(first)});
        for (int second = 0; second < 256; ++second) {
            check_round_trip({static_cast<char>(first), static_cast<char>(second)});
        }
    }
}

TEST_CASE("random strings are read back") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    constexpr std::string_view alphabet =
        "ab \\\"{}\n\t\0\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff;#|";
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes;
        for (auto size = random() % 24; size > 0; --size) {
            bytes.push_back(random() % 2 == 0 ? alphabet[random() % alphabet.size()]
                                              : static_cast<char>(random() & 0xff));
        }
        check_round_trip(bytes);
    }
}

TEST_CASE("canonical text") {
    CHECK(escaped("plain text") == "plain text");
    CHECK(escaped("a\\b\"c") == "a\\\\b\\\"c");
    CHECK(escaped("\n\r\t") == "\\n\\r\\t");
    CHECK(escaped(std::string{"\0\x01\x7f", 3}) == "\\x00\\x01\\x7f");
    CHECK(escaped("h\xc3\xa9llo") == "h\xc3\xa9llo");
    CHECK(escaped("h\xc3\xa9llo", true) == "h\\xc3\\xa9llo");
    CHECK(escaped("\xff\xfe") == "\\xff\\xfe");
    // A right-to-left override would let one key look like another.
    CHECK(escaped("a\xe2\x80\xae") == "a\\xe2\\x80\\xae");
    CHECK(escaped("\xc2\xa0") == "\\xc2\\xa0");
}

TEST_CASE("words can be pasted") {
    CHECK(word("plain") == "plain");
    CHECK(word("two words") == "\"two words\"");
    CHECK(word("") == "\"\"");
    CHECK(word("-x") == "\\x2dx");
    CHECK(word("@home") == "\\x40home");
    CHECK(word("#1") == "\\x231");
    CHECK(word("- x") == "\"\\x2d x\"");
    CHECK(word("a;") == "\"a;\"");
    CHECK(word("a;b") == "\"a;b\"");
    CHECK(word("|") == "\"|\"");
}

TEST_CASE("escapes") {
    CHECK(read("a\\sb") == "a b");
    CHECK(read("\\\\\\\"\\n\\r\\t") == "\\\"\n\r\t");
    CHECK(read("\\x41\\x7A") == "Az");
    CHECK(read("\\x{0a0bFF}") == "\x0a\x0b\xff");
    CHECK(read("\\x{}").empty());
    CHECK(read("\\u{1F600}\\u{e9}") == "\xf0\x9f\x98\x80\xc3\xa9");
    CHECK(read("\\b64{aGk=}\\b64{aGk}") == "hihi");
    CHECK(read("user:\\be64{14}:name") == std::string{"user:\0\0\0\0\0\0\0\x0e:name", 18});
    CHECK(read("\\be16{258}\\be32{1}") == std::string{"\x01\x02\0\0\0\x01", 6});
    CHECK(read("\\le16{258}\\le32{1}") == std::string{"\x02\x01\x01\0\0\0", 6});
    CHECK(read("\\le64{0x0102}") == std::string{"\x02\x01\0\0\0\0\0\0", 8});
    CHECK(read("\\be64{18446744073709551615}") == std::string(8, '\xff'));
    CHECK(read("\\varint{300}\\varint{0}") == std::string{"\xac\x02\0", 3});
    CHECK(read("\\uuid{00112233-4455-6677-8899-aabbccddeeff}") ==
          read("\\x{00112233445566778899aabbccddeeff}"));
    CHECK(read("say \"hi\"") == "say \"hi\"");
}

TEST_CASE("bad text is refused with its column") {
    struct Case {
        const char* text;
        const char* message;
    };
    const Case cases[] = {
        {"ab\\", "column 3: expected an escape after the last \\"},
        {"\\xZ1", "column 1: expected two hexadecimal digits after \\x, found \"Z1\""},
        {"a\\x4", "column 2: expected two hexadecimal digits after \\x, found \"4\""},
        {"\xc3\xa9\\q", "column 2: unknown escape \"\\q\""},
        {"\\0", "column 1: unknown escape \"\\0\""},
        {"\\be65{1}", "column 1: unknown escape \"\\be65\""},
        {"\\be64{", "column 1: expected a closing } after \\be64{"},
        {"\\be16{65536}", "column 1: expected a number below 2^16 in \\be16{}, found \"65536\""},
        {"\\be64{18446744073709551616}", "column 1: expected a number below 2^64"},
        {"\\le32{-1}", "column 1: expected a number below 2^32"},
        {"\\x{abc}", "column 1: expected an even number of hexadecimal digits"},
        {"\\u{d800}", "column 1: expected a code point"},
        {"\\u{110000}", "column 1: expected a code point"},
        {"\\u{}", "column 1: expected a code point"},
        {"\\b64{a}", "column 1: expected base64"},
        {"\\b64{aGl=}", "column 1: expected base64"},
        {"\\uuid{0011}", "column 1: expected a UUID"},
        {"\\varint{}", "column 1: expected a number below 2^64"},
    };
    for (const Case& bad : cases) {
        CAPTURE(bad.text);
        const auto bytes = parse_escaped(bad.text);
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().code == ErrorCode::invalid_argument);
        CHECK_MESSAGE(bytes.error().message.starts_with(bad.message), bytes.error().message);
    }
    const auto later = parse_escaped("\\q", 17);
    REQUIRE_FALSE(later);
    CHECK(later.error().message.starts_with("column 17: "));
}

}  // namespace
}  // namespace strata::tools
