// SPDX-License-Identifier: Apache-2.0
// Proves that chunked bodies are read as they were sent, wherever the stream is cut, and that every
// deviation from the grammar is refused, by a table of bodies each fed in every split.
#include "serve/chunk_decoder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace strata::tools {
namespace {

struct Decoded {
    ChunkDecoder::Outcome outcome = ChunkDecoder::Outcome::more;
    std::string body{};
    std::size_t left = 0;  ///< bytes behind the body

    bool operator==(const Decoded&) const = default;
};

/// Feeds the bytes in two parts, the second one of them byte by byte when `single` is set.
Decoded decode(std::string_view bytes, std::size_t split, bool single) {
    ChunkDecoder decoder;
    decoder.restart(100);
    Decoded decoded;
    std::size_t at = 0;
    while (at < bytes.size() && decoded.outcome == ChunkDecoder::Outcome::more) {
        std::size_t size = at < split ? split - at : bytes.size() - at;
        if (single && at >= split) {
            size = 1;
        }
        std::string_view part = bytes.substr(at, size);
        at += part.size();
        decoded.outcome = decoder.decode(part, decoded.body);
        at -= part.size();
    }
    decoded.left = bytes.size() - at;
    return decoded;
}

Decoded decode_every_way(std::string_view bytes) {
    const Decoded whole = decode(bytes, bytes.size(), false);
    for (std::size_t split = 0; split < bytes.size(); ++split) {
        CAPTURE(split);
        CHECK(decode(bytes, split, false) == whole);
        CHECK(decode(bytes, split, true).outcome == whole.outcome);
    }
    return whole;
}

TEST_CASE("bodies that are right") {
    struct Case {
        std::string_view bytes;
        std::string_view body;
        std::size_t left;
    };
    const std::vector<Case> cases = {
        {"0\r\n\r\n", "", 0},
        {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nGET /", "hello!", 5},
        {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", 0},
        {"00000002\r\n\r\n\r\n00\r\n\r\n", "\r\n", 0},
        {"2;name=value\r\nab\r\n0;last\r\n\r\n", "ab", 0},
        {"2\r\nab\r\n0\r\nTrailer: x\r\nOther:\r\n\r\nrest", "ab", 4},
    };
    for (const Case& one : cases) {
        CAPTURE(one.bytes);
        const Decoded decoded = decode_every_way(one.bytes);
        CHECK(decoded.outcome == ChunkDecoder::Outcome::done);
        CHECK(decoded.body == one.body);
        CHECK(decoded.left == one.left);
    }
}

TEST_CASE("bodies that are wrong") {
    const std::string long_line = "1;" + std::string(chunk_line_max, 'x') + "\r\na\r\n";
    const std::string long_trailer = "0\r\nX: " + std::string(trailers_size_max, 'x') + "\r\n\r\n";
    std::string many_trailers = "0\r\n";
    for (std::size_t i = 0; i <= trailers_max; ++i) {
        many_trailers += "A: b\r\n";
    }
    const std::vector<std::string_view> cases = {
        "\r\n",             // no size
        "g\r\n",            // no digit
        " 5\r\nhello",      // a blank before it
        "5 \r\nhello",      // and behind it
        "+5\r\nhello",      // a sign
        "-1\r\n",           //
        "0x5\r\nhello",     //
        "5\nhello\r\n",     // bare LF
        "5\rhello\r\n",     // bare CR
        "5\r\nhello\n",     // bare LF behind the data
        "5\r\nhelloX\r\n",  // longer than it says
        "5\r\nhell\r\n0\r\n\r\n",
        "000000001\r\na",   // nine digits
        "fffffffff\r\n",    //
        ";x\r\n",           // an extension without a size
        "1;\x01\r\na\r\n",  // a control character
        "0\r\n\n",          // bare LF at the end
        "0\r\nNo colon\r\n\r\n",
        "0\r\n folded: x\r\n\r\n",
        "0\r\n: x\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\nA: \x7f\r\n\r\n",
        long_line,
        long_trailer,
        many_trailers,
    };
    for (const std::string_view bytes : cases) {
        CAPTURE(bytes.substr(0, 40));
        CHECK(decode(bytes, bytes.size(), false).outcome == ChunkDecoder::Outcome::malformed);
        CHECK(decode(bytes, 0, true).outcome == ChunkDecoder::Outcome::malformed);
    }
}

TEST_CASE("extensions have a limit over a whole body") {
    std::string bytes;
    for (std::size_t i = 0; i < chunk_extensions_max / 32 + 1; ++i) {
        bytes += "0001;" + std::string(32, 'x') + "\r\na\r\n";
    }
    ChunkDecoder decoder;
    decoder.restart(1U << 20U);
    std::string body;
    std::string_view left = bytes;
    CHECK(decoder.decode(left, body) == ChunkDecoder::Outcome::malformed);
}

TEST_CASE("a body is too large as soon as a size says so") {
    std::string body;
    ChunkDecoder decoder;
    decoder.restart(10);
    std::string_view bytes = "8\r\n12345678\r\n3\r\n";
    CHECK(decoder.decode(bytes, body) == ChunkDecoder::Outcome::too_large);
    CHECK(body == "12345678");
    decoder.restart(10);
    bytes = "ffffffff\r\n";
    CHECK(decoder.decode(bytes, body) == ChunkDecoder::Outcome::too_large);
    decoder.restart(10);
    body.clear();
    bytes = "8\r\n12345678\r\n2\r\n90\r\n0\r\n\r\n";
    CHECK(decoder.decode(bytes, body) == ChunkDecoder::Outcome::done);
    CHECK(body == "1234567890");
}

}  // namespace
}  // namespace strata::tools
