// SPDX-License-Identifier: Apache-2.0
// Proves that the oracle accepts what a crash may leave and nothing else; by stores in memory that
// are filled with what is to be judged.
#include "stress/oracle.hpp"

#include "support/must.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

using test::must;

Batch batch_of(const std::vector<Change>& changes) {
    Batch batch;
    for (const Change& change : changes) {
        must(change.value ? batch.put(change.key, *change.value) : batch.del(change.key));
    }
    return batch;
}

/// Two writers: a writes a1 and a2 in one batch, b writes b1, a writes a1 again; then a crash
/// comes while b writes b1 again.
struct Case {
    std::vector<std::vector<Change>> batches{
        {{.key = "w000/a1", .value = "1"}, {.key = "w000/a2", .value = "2"}},
        {{.key = "w001/b1", .value = "3"}},
        {{.key = "w000/a2", .value = {}}, {.key = "w000/a1", .value = "4"}},
        {{.key = "w001/b1", .value = "5"}},
    };
    std::vector<Sequence> sequences{2, 3, 5, 6};
    CrashOracle oracle{2};
    std::unique_ptr<Store> store = must(open("memory:"));

    Case() {
        for (std::size_t i = 0; i < batches.size(); ++i) {
            const std::size_t number = oracle.begin(i % 2, batches[i]);
            if (i < 3) {
                oracle.acknowledge(i % 2, number, sequences[i]);
            }
        }
    }
    void write(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            must(store->write(batch_of(batches[i])));
        }
    }
    OracleVerdict judge(const OracleLimits& limits = {}) { return oracle.judge(*store, limits); }
};

}  // namespace

TEST_CASE("everything acknowledged, with and without what was in flight") {
    for (const std::size_t count : {3U, 4U}) {
        Case one;
        one.write(count);
        const OracleVerdict verdict = one.judge({.least = 5});
        CHECK(verdict.wrong.empty());
        CHECK(verdict.in_doubt == 1);
        CHECK(verdict.kept == count - 3);
        // The next crash is judged from there.
        one.oracle.settle(verdict);
        CHECK(one.judge().wrong.empty());
        const std::vector<Change> next{{.key = "w001/b1", .value = "6"}};
        one.oracle.acknowledge(1, one.oracle.begin(1, next), verdict.last + 1);
        CHECK(one.judge().wrong == "");  // A power cut may lose it.
        CHECK(one.judge({.least = verdict.last + 1}).lost);
        must(one.store->write(batch_of(next)));
        CHECK(one.judge({.least = verdict.last + 1}).wrong.empty());
    }
}

TEST_CASE("what a power cut may lose: the end, not the middle") {
    Case one;
    one.write(2);
    CHECK(one.judge({.least = 3}).wrong.empty());
    CHECK(one.judge({.least = 4}).lost);
    Case hole;
    hole.write(1);
    must(hole.store->write(batch_of(hole.batches[2])));
    CHECK(hole.judge().wrong.find("w000/a1: expected \"\"") == std::string::npos);
    CHECK_FALSE(hole.judge().wrong.empty());
}

TEST_CASE("torn batches, foreign keys, old values and strange sequences") {
    Case torn;
    must(torn.store->put("w000/a1", "1"));
    CHECK(torn.judge().wrong == "w000/a1: expected nothing, found 1 #1");

    Case foreign;
    foreign.write(3);
    must(foreign.store->put("w001/zz", "?"));
    CHECK(foreign.judge().wrong == "w001/zz: expected nothing, found ? #6");
    Case nobody;
    must(nobody.store->put("x", "?"));
    CHECK(nobody.judge().wrong == "x: a key that nobody wrote");

    Case stale;
    stale.write(3);
    must(stale.store->put("w000/a1", "1"));
    CHECK(stale.judge().lost);

    Case extra;
    extra.write(3);
    must(extra.store->del("w001/none"));
    CHECK(extra.judge().wrong == "last sequence: expected 5, found 6");
}

TEST_CASE("what had not begun when the power went is not there") {
    Case one;
    one.write(3);
    CHECK(one.judge({.ended = {1, 1}, .begun = {2, 1}}).wrong.empty());
    CHECK(one.judge({.ended = {1, 1}, .begun = {1, 1}}).wrong.find("beyond what had begun") !=
          std::string::npos);
}

TEST_CASE("what was refused is not there") {
    Case one;
    one.oracle.reject(1, 1);
    one.write(3);
    CHECK(one.judge().wrong.empty());
    Case two;
    two.oracle.reject(1, 1);
    two.write(4);
    CHECK(two.judge().wrong == "w001/b1: expected 3 #3, found 5 #6");
    // Unless the crash came before it was refused.
    CHECK(two.judge({.ended = {2, 1}, .begun = {2, 2}}).wrong.empty());
    CHECK_FALSE(two.judge({.ended = {2, 2}, .begun = {2, 2}}).wrong.empty());
}

TEST_CASE("writers repeat what their seed says, each in its own keys") {
    WriterScript first{1, 0, 10};
    WriterScript again{1, 0, 10};
    WriterScript other{1, 1, 10};
    for (int i = 0; i < 50; ++i) {
        const auto changes = first.next();
        const auto same = again.next();
        REQUIRE(changes.size() == same.size());
        REQUIRE(changes.back().value.has_value());
        for (std::size_t j = 0; j < changes.size(); ++j) {
            REQUIRE(changes[j].key == same[j].key);
            REQUIRE(changes[j].value == same[j].value);
            REQUIRE(changes[j].key.starts_with(WriterScript::prefix(0)));
        }
        REQUIRE(other.next().front().key.starts_with(WriterScript::prefix(1)));
    }
}

}  // namespace strata::tools
