// SPDX-License-Identifier: Apache-2.0
// Proves that a segment's bytes are exactly those of the worked example in the format's header
// comment and in strata-wal(5), and that no single flipped bit of a header or a frame goes
// unnoticed.
#include "log/format.hpp"

#include "base/coding.hpp"
#include "entry/operation.hpp"

#include "support/datadriven.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace strata {
namespace {

/// The bytes of the hex dump in a text: lines of an offset of three digits and bytes of two.
std::string dump_in(const std::string& text) {
    std::string bytes;
    std::istringstream lines{text};
    std::string line;
    while (std::getline(lines, line)) {
        line.erase(0, line.find_first_not_of("/ "));
        std::istringstream words{line};
        std::string word;
        words >> word;
        if (word.size() != 3 || word != fmt::format("{:03x}", bytes.size())) {
            continue;
        }
        while (words >> word) {
            bytes.push_back(static_cast<char>(std::stoi(word, nullptr, 16)));
        }
    }
    return bytes;
}

std::string read_text(const std::string& name) {
    std::ifstream file{test::testdata_path(name), std::ios::binary};
    REQUIRE_MESSAGE(file.good(), name);
    return {std::istreambuf_iterator<char>{file}, {}};
}

SegmentHeader example_header() {
    SegmentHeader header{.number = 7, .salt = 0x1122334455667788};
    for (std::size_t i = 0; i < store_id_size; ++i) {
        header.store.bytes[i] = static_cast<char>(i);
    }
    return header;
}

struct Example {
    std::uint64_t key = 0;
    std::string bytes{};

    void add(FrameKind kind, std::uint32_t operations_before, std::uint32_t mark, Bytes payload) {
        append_frame(bytes,
                     {.key = key,
                      .offset = bytes.size(),
                      .kind = kind,
                      .operations_before = operations_before,
                      .mark = mark},
                     payload);
    }
};

Example example() {
    Example built;
    built.bytes = encode_segment_header(example_header());
    built.key = decode_segment_header(built.bytes).key;
    built.add(FrameKind::link, 0, 64,
              encode_link({.first_sequence = 42,
                           .predecessor = 6,
                           .predecessor_length = 1000,
                           .time_ms = 1'700'000'000'000}));
    std::string operations;
    append_operation(operations, {.key = "k1", .kind = Kind::put, .value = "v"});
    built.add(FrameKind::ops, 0, 64, operations);
    built.add(FrameKind::seal, 1, 64, encode_seal({.time_ms = 1'700'000'001'000}));
    return built;
}

TEST_CASE("the worked example, byte for byte, where it is written down") {
    const std::string bytes = example().bytes;
    CHECK(bytes.size() == 0xbc);
    CHECK(dump_in(read_text("../libstrata/src/log/format.hpp")) == bytes);
    CHECK(dump_in(read_text("../man/strata-wal.5.scd")) == bytes);
    CHECK(read_text("fuzz/log/example.wal") == bytes);
}

TEST_CASE("a 116-byte put takes 140 bytes") {
    std::string operation;
    append_operation(operation, {.key = std::string(16, 'k'), .value = std::string(100, 'v')});
    CHECK(frame_size(operation.size()) == 140);
}

TEST_CASE("headers round trip") {
    const std::string bytes = encode_segment_header(example_header());
    const DecodedSegmentHeader decoded = decode_segment_header(bytes);
    REQUIRE(decoded.verdict == HeaderVerdict::valid);
    CHECK(decoded.header.number == 7);
    CHECK(decoded.header.salt == 0x1122334455667788);
    CHECK(decoded.header.store == example_header().store);
    CHECK(decoded.header.version == 1);
    CHECK(decoded.key == 0xc17db87ce89f008b);
}

TEST_CASE("every flipped bit and every prefix of a header is invalid") {
    const std::string bytes = encode_segment_header(example_header());
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        CHECK(decode_segment_header(flipped).verdict == HeaderVerdict::invalid);
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK(decode_segment_header(bytes.substr(0, size)).verdict == HeaderVerdict::invalid);
    }
}

TEST_CASE("unknown versions and required features are unsupported, optional ones are not") {
    SegmentHeader header = example_header();
    header.version = 2;
    CHECK(decode_segment_header(encode_segment_header(header)).verdict ==
          HeaderVerdict::unsupported);
    header = example_header();
    header.required_features = 1;
    CHECK(decode_segment_header(encode_segment_header(header)).verdict ==
          HeaderVerdict::unsupported);
    header = example_header();
    header.optional_features = 0xffffffff;
    CHECK(decode_segment_header(encode_segment_header(header)).verdict == HeaderVerdict::valid);
}

bool verifies(Bytes bytes, std::uint64_t key, std::uint64_t offset) {
    const auto header = verify_frame_header(bytes, key, offset);
    if (!header || bytes.size() < frame_header_size + header->payload_size) {
        return false;
    }
    return verify_payload(*header, bytes.substr(frame_header_size, header->payload_size));
}

TEST_CASE("a frame verifies at its own offset under its own key only") {
    const Example built = example();
    const Bytes bytes = built.bytes;
    for (std::uint64_t offset = 64; offset < bytes.size(); offset += 4) {
        const bool begins = offset == 0x40 || offset == 0x74 || offset == 0x90;
        CHECK(verifies(bytes.substr(offset), built.key, offset) == begins);
        CHECK_FALSE(verifies(bytes.substr(0x74), built.key, 0x74 + offset));
        CHECK_FALSE(verifies(bytes.substr(offset), built.key + 4, offset));
    }
}

TEST_CASE("every flipped bit of a frame but those of its padding is noticed") {
    const Example built = example();
    const std::string frame = built.bytes.substr(0x74, 28);
    REQUIRE(verifies(frame, built.key, 0x74));
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
        std::string flipped = frame;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        CHECK(verifies(flipped, built.key, 0x74) == (bit / 8 >= 26));
    }
}

TEST_CASE("payloads parse only at their exact size") {
    const std::string link = encode_link({.first_sequence = 1, .predecessor = 2});
    CHECK(decode_link(link)->predecessor == 2);
    CHECK_FALSE(decode_link(link + '\0'));
    CHECK_FALSE(decode_link(Bytes{link}.substr(1)));
    const std::string seal = encode_seal({.next_number = 3, .next_key = 4, .time_ms = 5});
    CHECK(decode_seal(seal)->next_key == 4);
    CHECK_FALSE(decode_seal(link));
    CHECK(decode_mark(encode_mark(6)) == std::uint64_t{6});
    CHECK_FALSE(decode_mark(seal));
}

}  // namespace
}  // namespace strata
