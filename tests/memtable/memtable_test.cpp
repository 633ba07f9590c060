// SPDX-License-Identifier: Apache-2.0
// Proves that a memtable holds what was inserted: find, and cursors both ways, are held against an
// ordered map, with the kinds of keys that are hard for windows and prefixes.
#include "memtable/memtable.hpp"

#include "support/builders.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::Random;
using test::Version;

// Makes keys of one kind.
using KeyMaker = std::function<std::string(Random&)>;

struct KeyKind {
    const char* name;
    KeyMaker make;
};

std::string padded(std::uint64_t number) {
    std::string digits = std::to_string(number);
    return std::string(16 - digits.size(), '0') + digits;
}

std::vector<KeyKind> key_kinds() {
    return {
        {"any bytes", [](Random& random) { return random.bytes(random.between(1, 20)); }},
        {"one byte", [](Random& random) { return random.bytes(1); }},
        {"padded decimals", [](Random& random) { return padded(random.below(100'000)); }},
        {"few keys, many versions", [](Random& random) { return padded(random.below(5)); }},
        {"prefixes of each other",
         [](Random& random) { return std::string(random.between(1, 300), 'a'); }},
        {"zeros", [](Random& random) { return std::string(random.between(1, 40), '\0'); }},
        {"runs of ff",
         [](Random& random) {
             return std::string(random.below(20), '\xff') + random.bytes(random.between(1, 2));
         }},
        {"collections",
         [](Random& random) {
             return "collection/" + std::to_string(random.below(3)) + "/with/a/long/name/" +
                    std::to_string(random.below(3000));
         }},
        {"long",
         [](Random& random) {
             return std::string(random.between(1, 3) * 20'000, 'x') + random.letters(3);
         }},
    };
}

Version random_version(Random& random, const std::string& key) {
    Version version{.key = key};
    if (random.one_in(5)) {
        version.kind = Kind::del;
    } else {
        version.value = random.bytes(random.below(30));
        if (random.one_in(20)) {
            version.kind = Kind::put_expiring;
            version.expiry = random.next();
        }
    }
    return version;
}

// `versions` are sorted.
void check_walks(const Memtable& memtable, const std::vector<Version>& versions) {
    const auto cursor = memtable.cursor();
    std::size_t count = 0;
    for (bool more = must(cursor->seek_first()); more; more = must(cursor->next())) {
        REQUIRE(count < versions.size());
        REQUIRE(cursor->entry() == versions[count].entry());
        ++count;
    }
    REQUIRE(count == versions.size());
    for (bool more = must(cursor->seek_last()); more; more = must(cursor->prev())) {
        REQUIRE(count > 0);
        --count;
        REQUIRE(cursor->entry() == versions[count].entry());
    }
    REQUIRE(count == 0);
}

// Seeks on, just before and just behind versions, then steps to and fro at random.
void check_seeks(const Memtable& memtable, const std::vector<Version>& versions, Random& random) {
    const auto cursor = memtable.cursor();
    const auto agrees = [&](bool standing, std::size_t position) {
        REQUIRE(standing == (position < versions.size()));
        if (standing) {
            REQUIRE(cursor->entry() == versions[position].entry());
        }
        return standing;
    };
    for (int i = 0; i < 1500; ++i) {
        Version target = versions[random.below(versions.size())];
        target.sequence += random.below(3) - 1;
        if (random.one_in(3)) {
            random.one_in(2) ? target.key.push_back('\0') : target.key.pop_back();
        }
        const bool before = random.one_in(2);
        std::size_t position = 0;
        bool standing = false;
        if (before) {
            target.sequence = sequence_max;
            const auto found = std::ranges::lower_bound(versions, target);
            position = static_cast<std::size_t>(found - versions.begin()) - 1;
            standing = must(cursor->seek_before(target.key));
        } else {
            const auto found = std::ranges::lower_bound(versions, target);
            position = static_cast<std::size_t>(found - versions.begin());
            standing = must(cursor->seek(target.key, target.sequence));
        }
        standing = agrees(standing, position);
        for (std::uint64_t steps = random.below(40); standing && steps > 0; --steps) {
            const bool forward = random.below(10) < (before ? 3 : 7);
            position += forward ? 1 : ~std::size_t{0};
            standing = agrees(must(forward ? cursor->next() : cursor->prev()), position);
        }
    }
}

TEST_CASE("an empty memtable answers nothing and is small") {
    const Memtable memtable{7};
    CHECK(memtable.empty());
    CHECK(memtable.first_sequence() == 0);
    CHECK(memtable.last_sequence() == 0);
    CHECK(memtable.base() == 7);
    CHECK_FALSE(memtable.find("a", sequence_max));
    CHECK(memtable.memory() <= 8192);
    CHECK(memtable.size() == 0);
    const auto cursor = memtable.cursor();
    CHECK_FALSE(must(cursor->seek_first()));
    CHECK_FALSE(must(cursor->seek_last()));
    CHECK_FALSE(must(cursor->seek("a", sequence_max)));
    CHECK_FALSE(must(cursor->seek_before("a")));
    CHECK(memtable.count_between("", std::nullopt) == 0);
}

TEST_CASE("random operations agree with a list of versions") {
    Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (const KeyKind& kind : key_kinds()) {
        CAPTURE(kind.name);
        constexpr Sequence base = 1000;
        Memtable memtable{base};
        std::vector<Version> inserted;
        std::map<std::string, std::vector<std::size_t>> by_key;
        Sequence last = base;
        const std::size_t count = kind.name == std::string{"long"} ? 600 : 4000;
        for (std::size_t i = 0; i < count; ++i) {
            inserted.push_back(random_version(random, kind.make(random)));
            inserted.back().sequence = last += random.between(1, 3);
            memtable.insert(inserted.back().entry());
            by_key[inserted.back().key].push_back(i);
        }
        CHECK(memtable.entries() == count);
        CHECK(memtable.last_sequence() == last);
        CHECK(memtable.first_sequence() == inserted.front().sequence);
        CHECK(memtable.deletes() ==
              static_cast<std::uint64_t>(std::ranges::count(inserted, Kind::del, &Version::kind)));
        for (const auto& [key, indexes] : by_key) {
            REQUIRE_FALSE(memtable.find(key, inserted[indexes[0]].sequence - 1));
            for (const std::size_t index : indexes) {
                const auto found = memtable.find(key, inserted[index].sequence);
                REQUIRE(found);
                REQUIRE(*found == inserted[index].entry());
            }
            const auto newest = memtable.find(key, sequence_max);
            REQUIRE(newest);
            REQUIRE(*newest == inserted[indexes.back()].entry());
        }
        for (int i = 0; i < 1000; ++i) {
            const std::string key = kind.make(random);
            REQUIRE(memtable.find(key, sequence_max).has_value() == by_key.contains(key));
        }
        std::ranges::sort(inserted);
        check_walks(memtable, inserted);
        check_seeks(memtable, inserted, random);
    }
}

TEST_CASE("loads in key order, ascending, descending and interleaved") {
    constexpr std::uint64_t count = 20'000;
    const std::vector<std::pair<const char*, std::function<std::string(std::uint64_t)>>> orders = {
        {"ascending", [](std::uint64_t i) { return padded(i); }},
        {"descending", [](std::uint64_t i) { return padded(count - i); }},
        {"two ascending streams",
         [](std::uint64_t i) { return (i % 2 == 0 ? "a" : "b") + padded(i); }},
        {"from both ends", [](std::uint64_t i) { return padded(i % 2 == 0 ? i : 2 * count - i); }},
    };
    for (const auto& order : orders) {
        CAPTURE(order.first);
        Memtable memtable{0};
        std::vector<Version> versions;
        for (std::uint64_t i = 0; i < count; ++i) {
            versions.push_back(Version{.key = order.second(i), .sequence = i + 1});
            memtable.insert(versions.back().entry());
        }
        for (const Version& version : versions) {
            REQUIRE(memtable.find(version.key, sequence_max));
        }
        std::ranges::sort(versions);
        check_walks(memtable, versions);
        // Full chunks: 16 bytes a slot and little else beside the operations of 19 bytes.
        CHECK(memtable.memory() < count * (24 + 18) + 1'300'000);
    }
}

TEST_CASE("a hot key keeps all its versions, beside others") {
    Memtable memtable{0};
    Sequence last = 0;
    constexpr Sequence count = 10'000;
    for (Sequence i = 0; i < count; ++i) {
        memtable.insert(Version{"hot", ++last, Kind::put, std::to_string(last)}.entry());
        memtable.insert(Version{"key" + padded(i), ++last}.entry());
    }
    CHECK_FALSE(memtable.find("hot", 0));
    for (Sequence at = 1; at <= last; ++at) {
        const auto found = memtable.find("hot", at);
        REQUIRE(found);
        REQUIRE(found->sequence == (at % 2 == 1 ? at : at - 1));
        REQUIRE(found->value == std::to_string(found->sequence));
    }
    const auto cursor = memtable.cursor();
    REQUIRE(must(cursor->seek("hot", 0)));
    CHECK(cursor->entry().key == "key" + padded(0));
    REQUIRE(must(cursor->prev()));
    CHECK(cursor->entry().sequence == 1);
    REQUIRE(must(cursor->seek_before("key")));
    CHECK(cursor->entry().sequence == 1);
    CHECK_FALSE(must(cursor->seek_before("hot")));
}

TEST_CASE("greatest key and value") {
    Memtable memtable{0};
    const Version big{.key = std::string(key_size_max, '\xff'),
                      .sequence = 1,
                      .value = std::string(value_size_max, 'v')};
    memtable.insert(big.entry());
    memtable.insert(Version{big.key, 2, Kind::del}.entry());
    memtable.insert(Version{"small", 3, Kind::put, "value"}.entry());
    CHECK(*memtable.find(big.key, 1) == big.entry());
    CHECK(memtable.find(big.key, 2)->kind == Kind::del);
    CHECK(memtable.find("small", 3)->value == "value");
    const std::size_t content = 2 * key_size_max + value_size_max;
    CHECK(memtable.memory() >= content);
    CHECK(memtable.memory() < content + 200'000);
}

TEST_CASE("memory grows with content; size counts operations and index") {
    Memtable memtable{0};
    std::size_t memory = memtable.memory();
    std::size_t encoded = 0;
    for (Sequence i = 1; i <= 5000; ++i) {
        const Version version{padded(i), i, Kind::put, std::string(100, 'v')};
        memtable.insert(version.entry());
        encoded += 3 + version.key.size() + version.value.size() + 16;
        CHECK(memtable.size() == encoded);
        CHECK(memtable.memory() >= memory);
        memory = memtable.memory();
        if (i == 1) {
            CHECK(memory < 12'000);
        }
    }
    CHECK(memory < 2 * encoded);
}

TEST_CASE("room ends with the sequences") {
    const Memtable memtable{10};
    CHECK(memtable.has_room(10 + Memtable::sequences_max, 1, 100));
    CHECK_FALSE(memtable.has_room(11 + Memtable::sequences_max, 1, 100));
    CHECK(memtable.has_room(100, 17'000'000, batch_size_max));
    CHECK_FALSE(memtable.has_room(100, std::uint64_t{1} << 32U, batch_size_max));
    CHECK_FALSE(memtable.has_room(100, 1, std::size_t{1} << 40U));
}

TEST_CASE("sequences far from the base") {
    Memtable memtable{sequence_max / 2};
    const Sequence far = memtable.base() + Memtable::sequences_max;
    memtable.insert(Version{"k", memtable.base() + 1, Kind::put, "1"}.entry());
    memtable.insert(Version{"k", far, Kind::put, "2"}.entry());
    CHECK_FALSE(memtable.find("k", memtable.base()));
    CHECK(memtable.find("k", far - 1)->value == "1");
    CHECK(memtable.find("k", far)->value == "2");
    CHECK(memtable.find("k", far)->sequence == far);
    CHECK(memtable.find("k", sequence_max)->value == "2");
    CHECK_FALSE(memtable.find("k", 5));
}

TEST_CASE("count_between is near the truth") {
    Memtable memtable{0};
    constexpr std::uint64_t count = 50'000;
    for (std::uint64_t i = 0; i < count; ++i) {
        // An odd factor visits every key once, in a scattered order.
        memtable.insert(Version{padded(i * 7919 % count), i + 1}.entry());
    }
    CHECK(memtable.count_between("", std::nullopt) == count);
    const auto near = [&](std::uint64_t lower, std::uint64_t upper) {
        const std::uint64_t counted = memtable.count_between(padded(lower), padded(upper));
        const std::uint64_t truth = upper - lower;
        CAPTURE(lower);
        CAPTURE(upper);
        CHECK(counted <= truth + truth / 5 + 500);
        CHECK(counted + truth / 5 + 500 >= truth);
    };
    near(0, count);
    near(10'000, 40'000);
    near(25'000, 26'000);
    CHECK(memtable.count_between(padded(7), padded(7)) == 0);
    CHECK(memtable.count_between("b", "c") == 0);
    CHECK(memtable.count_between("c", "b") == 0);
    CHECK(memtable.count_between("b", std::nullopt) == 0);
}

}  // namespace
}  // namespace strata
