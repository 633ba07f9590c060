// SPDX-License-Identifier: Apache-2.0
// Proves that the filter of a memtable never denies a key that it has, whatever way the key came
// in, and that it denies most of the others.
#include "memtable/key_filter.hpp"

#include "base/hash.hpp"
#include "memtable/loader.hpp"
#include "memtable/memtable.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace strata {
namespace {

constexpr std::size_t size_expected = std::size_t{8} << 20;
constexpr int keys = 50000;

std::string key_of(int number) { return "key" + std::to_string(number); }

std::uint64_t hash_of(int number) { return hash64(key_of(number), 0); }

TEST_CASE("a key that was added is never denied, most others are") {
    KeyFilter filter{size_expected};
    for (int i = 0; i < keys; ++i) {
        filter.add(hash_of(i));
    }
    int denied = 0;
    for (int i = 0; i < keys; ++i) {
        REQUIRE(filter.may_contain(hash_of(i)));
        denied += filter.may_contain(hash_of(keys + i)) ? 0 : 1;
    }
    // 21 bits a key, 4 of them set in one word: about 2 % are let through.
    CHECK(denied > keys * 96 / 100);
    CHECK(filter.memory() == size_expected / 64);
}

TEST_CASE("too many keys let others through, and none is denied") {
    KeyFilter filter{std::size_t{1} << 20};
    for (int i = 0; i < keys; ++i) {
        filter.add(hash_of(i));
    }
    for (int i = 0; i < keys; ++i) {
        REQUIRE(filter.may_contain(hash_of(i)));
    }
}

TEST_CASE("a small memtable has no filter and denies nothing") {
    KeyFilter filter{4096};
    filter.prefetch(hash_of(1));
    CHECK(filter.memory() == 0);
    CHECK(filter.may_contain(hash_of(1)));
    filter.add(hash_of(1));
    CHECK(filter.may_contain(hash_of(1)));
    CHECK(Memtable{0}.may_contain(hash_of(1)));
}

TEST_CASE("a memtable that was written, and one that was loaded, know their keys") {
    Memtable written{0, size_expected};
    Memtable loaded{0, size_expected};
    MemtableLoader loader{loaded};
    for (int i = 0; i < 1000; ++i) {
        const std::string key = key_of(i);
        const Entry entry{.key = key,
                          .sequence = static_cast<Sequence>(i) + 1,
                          .kind = i % 3 == 0 ? Kind::del : Kind::put,
                          .value = {}};
        written.insert(entry);
        loader.add(entry);
    }
    loader.finish();
    int denied = 0;
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(written.may_contain(hash_of(i)));
        REQUIRE(loaded.may_contain(hash_of(i)));
        denied += written.may_contain(hash_of(i + 1000)) ? 0 : 1;
        denied += loaded.may_contain(hash_of(i + 1000)) ? 0 : 1;
    }
    CHECK(denied > 1990);
}

}  // namespace
}  // namespace strata
