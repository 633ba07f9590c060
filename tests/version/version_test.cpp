// SPDX-License-Identifier: Apache-2.0
// Proves that a run finds the table of every key, that edits replace exactly their inputs, and that
// tables outlive the versions that name them: by example and against a linear search.
#include "version/version.hpp"

#include "support/random.hpp"
#include "version/random_manifest.hpp"
#include "version/version_support.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace strata;
using namespace strata::test;

namespace {

using Tables = std::vector<std::shared_ptr<const LiveTable>>;

std::shared_ptr<const Run> make_run(std::uint32_t tier, Tables tables) {
    return std::make_shared<const Run>(tier, std::move(tables));
}

std::string numbers(const strata::Version& version) {
    std::string text;
    for (const RunFacts& run : version.facts()) {
        text += fmt::format("{}:", run.tier);
        for (const TableFacts& table : run.tables) {
            text += fmt::format(" {}", table.number);
        }
        text += "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("run: finds the table whose range holds a key") {
    TableYard yard;
    const auto run = make_run(0, {yard.table(1, "b#1,put: d#2,put:"), yard.table(2, "f#3,put:"),
                                  yard.table(3, "longprefix1#4,put: longprefix3#4,put:"),
                                  yard.table(4, "longprefix5#4,put: longprefix7#4,put:")});
    const auto found = [&](Bytes key) {
        const LiveTable* table = run->find(key);
        return table == nullptr ? 0 : table->facts().number;
    };
    CHECK(found("a") == 0);
    CHECK(found("b") == 1);
    CHECK(found("c") == 1);
    CHECK(found("d") == 1);
    CHECK(found(Bytes{"d\0", 2}) == 0);
    CHECK(found("f") == 2);
    CHECK(found("longprefix") == 0);
    CHECK(found("longprefix2") == 3);
    CHECK(found("longprefix4") == 0);
    CHECK(found("longprefix7") == 4);
    CHECK(found("longprefix8") == 0);
    CHECK(found("") == 0);
    CHECK(run->bytes() > 0);
}

TEST_CASE("run: agrees with a linear search on random keys") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    const auto context = std::make_shared<const TableContext>();
    for (int round = 0; round < 50; ++round) {
        const std::string prefix = random.one_in(2) ? "" : "common prefix";
        std::vector<std::string> keys;
        for (std::uint64_t i = 2 * random.between(1, 40); i > 0; --i) {
            keys.push_back(prefix + random.bytes(random.between(1, 10)));
        }
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        Tables tables;
        for (std::size_t i = 0; i + 1 < keys.size(); i += 2) {
            tables.push_back(std::make_shared<const LiveTable>(
                context, TableFacts{.number = i + 1, .key_min = keys[i], .key_max = keys[i + 1]}));
        }
        if (tables.empty()) {
            continue;
        }
        const auto run = make_run(0, tables);
        for (int probe = 0; probe < 200; ++probe) {
            const std::string key = random.one_in(2) ? keys[random.below(keys.size())]
                                                     : prefix + random.bytes(random.below(10));
            const auto holder = std::ranges::find_if(tables, [&](const auto& table) {
                return table->facts().key_min <= key && key <= table->facts().key_max;
            });
            REQUIRE(run->find(key) == (holder == tables.end() ? nullptr : holder->get()));
        }
    }
}

TEST_CASE("version: comes from a manifest and goes back") {
    Random random{test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    const auto context = std::make_shared<const TableContext>();
    for (int round = 0; round < 20; ++round) {
        const Manifest manifest = random_manifest(random, random.below(6));
        const strata::Version version{manifest.runs, context};
        CHECK(version.facts() == manifest.runs);
        CHECK(version.check().value_or("holds") == "holds");
    }
}

TEST_CASE("version: a flush adds the newest run, a merge replaces its inputs by one") {
    TableYard yard;
    std::vector<std::shared_ptr<const Run>> flushed;
    auto version = std::make_shared<const strata::Version>();
    for (std::uint64_t i = 1; i <= 4; ++i) {
        flushed.push_back(make_run(0, {yard.table(i, fmt::format("a#{},put:", i))}));
        version = apply(*version, {.output = flushed.back()});
    }
    CHECK(numbers(*version) == "0: 4\n0: 3\n0: 2\n0: 1\n");
    version = apply(*version, {.inputs = {flushed[2], flushed[1]},
                               .output = make_run(1, {yard.table(5, "a#3,put:")})});
    CHECK(numbers(*version) == "0: 4\n1: 5\n0: 1\n");
    version = apply(*version, {.inputs = {version->runs()[1], flushed[0]}});
    CHECK(numbers(*version) == "0: 4\n");
    CHECK(!version->check());
}

TEST_CASE("version: check finds a broken invariant") {
    TableYard yard;
    const auto old_run = make_run(0, {yard.table(1, "a#1,put:")});
    const auto new_run = make_run(0, {yard.table(2, "a#2,put:")});
    CHECK(!strata::Version{{new_run, old_run}}.check());
    CHECK(strata::Version{{old_run, new_run}}.check());
}

TEST_CASE("version: tables go when no version, reader or cursor has them") {
    TableYard yard;
    auto first = make_run(0, {yard.table(1, "a#1,put:"), yard.table(2, "c#2,put:")});
    auto before = apply(strata::Version{}, {.output = first});
    // Table 2 is kept, table 1 rewritten.
    auto output = make_run(tier_last, {yard.table(3, "a#1,put:"), first->tables()[1]});
    auto after = apply(*before, {.inputs = {first}, .output = output});
    mark_obsolete(*before, *after);
    auto cursor = run_cursor(std::move(first), CacheUse::none);
    before.reset();
    CHECK(yard.obsolete().empty());
    CHECK(walk(*cursor) == "a#1,put: c#2,put:");
    cursor.reset();
    CHECK(yard.obsolete() == std::vector<std::uint64_t>{1});
    after.reset();
    output.reset();
    CHECK(yard.obsolete() == std::vector<std::uint64_t>{1});
}
