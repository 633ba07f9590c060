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

struct Model {
    explicit Model(Sequence base = 0) : memtable{base}, last{base} {}

    void insert(const std::string& key, Kind kind, const std::string& value) {
        Version version{.key = key, .sequence = ++last, .kind = kind, .value = value};
        memtable.insert(version.entry());
        versions.push_back(std::move(version));
    }
    void put(const std::string& key) { insert(key, Kind::put, std::to_string(last + 1)); }

    // What find must answer.
    [[nodiscard]] const Version* find(const std::string& key, Sequence at) const {
        const Version* found = nullptr;
        for (const Version& version : versions) {
            if (version.key == key && version.sequence <= at) {
                found = &version;
            }
        }
        return found;
    }

    Memtable memtable;
    Sequence last;
    std::vector<Version> versions;  // in the order of insertion
};

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

void check_walks(const Memtable& memtable, std::vector<Version> versions) {
    std::ranges::sort(versions);
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
        Model model{1000};
        const std::size_t versions = kind.name == std::string{"long"} ? 600 : 4000;
        std::map<std::string, std::vector<std::size_t>> by_key;
        for (std::size_t i = 0; i < versions; ++i) {
            const Version version = random_version(random, kind.make(random));
            by_key[version.key].push_back(i);
            model.versions.push_back(version);
            model.versions.back().sequence = model.last += random.between(1, 3);
            model.memtable.insert(model.versions.back().entry());
        }
        CHECK(model.memtable.entries() == versions);
        CHECK(model.memtable.last_sequence() == model.last);
        CHECK(model.memtable.first_sequence() == model.versions.front().sequence);
        CHECK(model.memtable.deletes() ==
              static_cast<std::uint64_t>(
                  std::ranges::count(model.versions, Kind::del, &Version::kind)));
        for (const auto& [key, indexes] : by_key) {
            REQUIRE_FALSE(model.memtable.find(key, model.versions[indexes[0]].sequence - 1));
            for (const std::size_t index : indexes) {
                const Version& version = model.versions[index];
                const auto found = model.memtable.find(key, version.sequence);
                REQUIRE(found);
                REQUIRE(*found == version.entry());
            }
            const auto newest = model.memtable.find(key, sequence_max);
            REQUIRE(newest);
            REQUIRE(*newest == model.versions[indexes.back()].entry());
        }
        for (int i = 0; i < 1000; ++i) {
            const std::string key = kind.make(random);
            REQUIRE(model.memtable.find(key, sequence_max).has_value() == by_key.contains(key));
        }
        check_walks(model.memtable, model.versions);
    }
}

}  // namespace
}  // namespace strata
