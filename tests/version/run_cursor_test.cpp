// SPDX-License-Identifier: Apache-2.0
// Proves that a cursor over a run is a cursor over the sorted list of its entries, both ways, and
// that it opens only the tables that it comes to: against a cursor over a vector, step by step.
#include "support/random.hpp"
#include "version/version.hpp"
#include "version/version_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace strata;
using namespace strata::test;

namespace {

/// Both cursors make the same step; they must agree on where they stand.
class Pair {
  public:
    Pair(Cursor& left, Cursor& right) : left_{left}, right_{right} {}

    template <typename Step>
    void step(const char* name, Step step) {
        const bool found = must(step(left_));
        INFO(name);
        REQUIRE(found == must(step(right_)));
        standing_ = found;
        if (found) {
            REQUIRE(to_text(left_.entry()) == to_text(right_.entry()));
        }
    }
    [[nodiscard]] bool standing() const { return standing_; }

  private:
    Cursor& left_;
    Cursor& right_;
    bool standing_ = false;
};

std::vector<test::Version> random_versions(Random& random) {
    std::vector<test::Version> versions;
    for (std::uint64_t i = random.between(1, 200); i > 0; --i) {
        versions.push_back({.key = random.letters(random.between(1, 3)),
                            .sequence = i,
                            .value = random.letters(random.below(20))});
    }
    std::ranges::sort(versions);
    return versions;
}

/// Cuts sorted versions into tables between keys.
std::shared_ptr<const Run> cut(TableYard& yard, const std::vector<test::Version>& versions,
                               Random& random) {
    std::vector<std::shared_ptr<const LiveTable>> tables;
    std::vector<test::Version> part;
    for (const test::Version& version : versions) {
        if (!part.empty() && part.back().key != version.key && random.one_in(20)) {
            tables.push_back(yard.table(tables.size() + 1, part));
            part.clear();
        }
        part.push_back(version);
    }
    tables.push_back(yard.table(tables.size() + 1, part));
    return std::make_shared<const Run>(0, std::move(tables));
}

}  // namespace

TEST_CASE("run cursor: agrees with a sorted vector at every step") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 60; ++round) {
        TableYard yard;
        const auto versions = random_versions(random);
        const auto cursor = run_cursor(cut(yard, versions, random), CacheUse::none);
        VectorCursor expected{versions};
        REQUIRE(walk(*cursor) == walk(expected));
        REQUIRE(walk(*cursor, false) == walk(expected, false));
        Pair pair{*cursor, expected};
        for (int i = 0; i < 200; ++i) {
            const std::string key = random.letters(random.between(1, 3));
            const Sequence at = random.one_in(2) ? sequence_max : random.below(200);
            switch (random.below(pair.standing() ? 8 : 4)) {
                case 0:
                    pair.step("first", [](Cursor& c) { return c.seek_first(); });
                    break;
                case 1:
                    pair.step("last", [](Cursor& c) { return c.seek_last(); });
                    break;
                case 2:
                    pair.step("seek", [&](Cursor& c) { return c.seek(key, at); });
                    break;
                case 3:
                    pair.step("before", [&](Cursor& c) { return c.seek_before(key); });
                    break;
                case 4:
                case 5:
                    pair.step("prev", [](Cursor& c) { return c.prev(); });
                    break;
                default:
                    pair.step("next", [](Cursor& c) { return c.next(); });
                    break;
            }
        }
    }
}

TEST_CASE("run cursor: opens the tables it comes to") {
    TableYard yard;
    const auto run = std::make_shared<const Run>(
        0, std::vector{yard.table(1, "a#1,put:"), yard.table(2, "b#2,put:"),
                       yard.table(3, "c#3,put:")});
    const auto cursor = run_cursor(run, CacheUse::none);
    CHECK(must(cursor->seek("b", sequence_max)));
    CHECK(run->tables()[0]->table_if_open() == nullptr);
    CHECK(run->tables()[1]->table_if_open() != nullptr);
    CHECK(run->tables()[2]->table_if_open() == nullptr);
    CHECK(must(cursor->seek_before("c")));
    CHECK(to_text(cursor->entry()) == "b#2,put:");
    CHECK(run->tables()[2]->table_if_open() == nullptr);
    CHECK(must(cursor->next()));
    CHECK(run->tables()[2]->table_if_open() != nullptr);
}

TEST_CASE("run cursor: a table that is missing is an error, and a seek elsewhere goes on") {
    TableYard yard;
    const auto run = std::make_shared<const Run>(
        0, std::vector{yard.table(1, "a#1,put:"), yard.table(2, "b#2,put:"),
                       yard.table(3, "c#3,put:")});
    must(yard.files()->unlink(yard.path(2)));
    const auto cursor = run_cursor(run, CacheUse::none);
    CHECK(must(cursor->seek_first()));
    CHECK(must_fail(cursor->next()).code == ErrorCode::not_found);
    CHECK(must(cursor->seek_last()));
    CHECK(to_text(cursor->entry()) == "c#3,put:");
    CHECK(must_fail(cursor->prev()).code == ErrorCode::not_found);
}
