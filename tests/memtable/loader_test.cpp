// SPDX-License-Identifier: Apache-2.0
// Proves that a memtable that was loaded is the one that insertions would have made: the same
// versions in the same order, for keys that are hard to sort by a window.
#include "memtable/loader.hpp"

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::Random;

std::vector<std::string> content(const Memtable& memtable) {
    std::vector<std::string> versions;
    const auto cursor = memtable.cursor();
    for (bool more = must(cursor->seek_first()); more; more = must(cursor->next())) {
        const Entry& entry = cursor->entry();
        versions.push_back(std::string{entry.key} + '@' + std::to_string(entry.sequence) + '=' +
                           std::string{entry.value});
    }
    return versions;
}

TEST_CASE("loading gives what inserting gives, and the memtable goes on from there") {
    std::function<std::string(Random&)> make;
    SUBCASE("any bytes") {
        make = [](Random& random) { return random.bytes(random.between(1, 12)); };
    }
    SUBCASE("few keys, many versions") {
        make = [](Random& random) { return "key" + std::to_string(random.below(7)); };
    }
    SUBCASE("prefixes of each other") {
        make = [](Random& random) { return std::string(random.between(1, 300), 'a'); };
    }
    SUBCASE("zeros") {
        make = [](Random& random) { return std::string(random.between(1, 40), '\0'); };
    }
    SUBCASE("equal for longer than a window behind the prefix") {
        make = [](Random& random) {
            return (random.one_in(50) ? "same/a/" : "same/b/long/part/") +
                   std::to_string(random.below(100'000));
        };
    }
    for (std::uint64_t round = 0; round < 6; ++round) {
        Random random{test::test_seed(1 + round)};
        INFO("STRATA_SEED=", random.seed());
        Memtable inserted{100};
        Memtable loaded{100};
        MemtableLoader loader{loaded};
        const std::uint64_t count = round == 0 ? 0 : random.between(1, 6000);
        Sequence sequence = 100;
        const auto give = [&](bool load) {
            const std::string key = make(random);
            const std::string value = std::to_string(random.below(1000));
            const Kind kind = random.one_in(5) ? Kind::del : Kind::put;
            sequence += random.between(1, 3);
            const Entry entry{.key = key,
                              .sequence = sequence,
                              .kind = kind,
                              .value = kind == Kind::del ? Bytes{} : Bytes{value}};
            inserted.insert(entry);
            load ? loader.add(entry) : loaded.insert(entry);
        };
        for (std::uint64_t i = 0; i < count; ++i) {
            give(true);
        }
        loader.finish();
        REQUIRE(content(loaded) == content(inserted));
        for (int i = 0; i < 300; ++i) {
            give(false);
        }
        REQUIRE(content(loaded) == content(inserted));
        CHECK(loaded.entries() == inserted.entries());
        CHECK(loaded.deletes() == inserted.deletes());
        CHECK(loaded.size() == inserted.size());
        CHECK(loaded.first_sequence() == inserted.first_sequence());
        CHECK(loaded.last_sequence() == inserted.last_sequence());
    }
}

}  // namespace
}  // namespace strata
