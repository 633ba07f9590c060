// SPDX-License-Identifier: Apache-2.0
// Proves that blocks survive every codec, that little gain is not taken, and that bytes which do
// not unfold to what was promised are refused before memory is spent on the promise.
#include "table/codec.hpp"

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata::test {
namespace {

std::string unfold(Compression codec, Bytes stored, std::size_t size) {
    std::string raw(size, '\0');
    must(decompress_block(codec, stored, raw));
    return raw;
}

TEST_CASE("round trips") {
    Random random{test_seed(1)};
    for (const Compression codec : {Compression::lz4, Compression::zstd}) {
        for (const std::size_t size : {std::size_t{100}, std::size_t{8192}, std::size_t{1} << 20}) {
            const std::string raw = random.letters(20) + std::string(size, 'x');
            std::string stored;
            REQUIRE(compress_block(codec, raw, stored) == codec);
            CHECK(stored.size() < raw.size() / 2);
            CHECK(plausible_raw_length(codec, stored, raw.size()));
            CHECK(unfold(codec, stored, raw.size()) == raw);
            for (const std::size_t wrong : {raw.size() - 1, raw.size() + 1}) {
                std::string room(wrong, 'y');
                CHECK_FALSE(decompress_block(codec, stored, room));
            }
        }
    }
}

TEST_CASE("less than an eighth is not worth it") {
    Random random{test_seed(2)};
    for (const Compression codec : {Compression::none, Compression::lz4, Compression::zstd}) {
        std::string stored = "something";
        CHECK(compress_block(codec, random.bytes(8000) + std::string(500, 'x'), stored) ==
              Compression::none);
        CHECK(stored.empty());
        CHECK(compress_block(codec, "a", stored) == Compression::none);
    }
}

TEST_CASE("promises that cannot hold") {
    std::string stored;
    const std::string raw(10'000, 'x');
    CHECK(plausible_raw_length(Compression::none, raw, raw.size()));
    CHECK_FALSE(plausible_raw_length(Compression::none, raw, raw.size() + 1));
    REQUIRE(compress_block(Compression::lz4, raw, stored) == Compression::lz4);
    CHECK_FALSE(plausible_raw_length(Compression::lz4, stored, std::size_t{66} << 20));
    REQUIRE(compress_block(Compression::zstd, raw, stored) == Compression::zstd);
    CHECK_FALSE(plausible_raw_length(Compression::zstd, stored, std::size_t{66} << 20));
    CHECK_FALSE(plausible_raw_length(Compression::zstd, "", 10));
    CHECK_FALSE(plausible_raw_length(static_cast<Compression>(3), stored, raw.size()));
}

}  // namespace
}  // namespace strata::test
