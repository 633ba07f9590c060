// SPDX-License-Identifier: Apache-2.0
// Proves that pieces of an arena keep their bytes and are found by their offsets, that they do not
// overlap, and that memory is counted.
#include "memtable/arena.hpp"

#include "support/random.hpp"

#include <strata/bytes.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

TEST_CASE("nothing is allocated before it is needed") {
    const Arena arena;
    CHECK(arena.memory() == 0);
}

TEST_CASE("pieces of all sizes keep their bytes") {
    test::Random random{test::test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    Arena arena;
    struct Kept {
        Arena::Piece piece;
        std::string bytes;
    };
    std::vector<Kept> pieces;
    std::size_t total = 0;
    std::size_t rounded = 0;
    for (int i = 0; i < 3000; ++i) {
        const std::size_t size =
            random.one_in(200) ? random.between(60'000, 300'000) : random.between(1, 1000);
        Kept kept{arena.allocate(size), random.bytes(size)};
        kept.bytes.copy(kept.piece.bytes, size);
        total += size;
        rounded += (size + 7) / 8 * 8;
        pieces.push_back(std::move(kept));
        CHECK(arena.memory() >= total);
    }
    for (const Kept& kept : pieces) {
        REQUIRE(arena.at(kept.piece.offset) == kept.piece.bytes);
        REQUIRE(Bytes{kept.piece.bytes, kept.bytes.size()} == kept.bytes);
    }
    CHECK(arena.memory() < rounded + (std::size_t{3} << 20U));
}

TEST_CASE("the first blocks are small") {
    Arena arena;
    static_cast<void>(arena.allocate(100));
    CHECK(arena.memory() <= 4096 + 128);
}

TEST_CASE("room") {
    const Arena arena;
    CHECK(arena.has_room(std::size_t{1} << 29U));
    CHECK_FALSE(arena.has_room(std::size_t{1} << 40U));
}

}  // namespace
}  // namespace strata
