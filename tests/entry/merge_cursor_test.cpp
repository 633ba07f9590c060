// SPDX-License-Identifier: Apache-2.0
// Proves that a merge walks the entries of all inputs in order, both ways, with changes of
// direction: text cases for the shapes, random ones against a cursor over the sorted union, and
// an error of an input at every call.
#include "entry/merge_cursor.hpp"

#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::Random;
using test::VectorCursor;
using test::Version;

// Takes one step, "first", "last", "next", "prev", "seek:KEY#SEQUENCE" or "before:KEY".
Result<bool> step(Cursor& cursor, const std::string& text) {
    if (text == "first") {
        return cursor.seek_first();
    }
    if (text == "last") {
        return cursor.seek_last();
    }
    if (text == "next") {
        return cursor.next();
    }
    if (text == "prev") {
        return cursor.prev();
    }
    const std::string argument = text.substr(text.find(':') + 1);
    if (text.starts_with("before:")) {
        return cursor.seek_before(test::unescape(argument));
    }
    REQUIRE(text.starts_with("seek:"));
    const Version target = test::parse_version(argument + ",del");
    return cursor.seek(target.key, target.sequence);
}

std::string show(Cursor& cursor, Result<bool> standing) {
    return must(std::move(standing)) ? test::to_text(cursor.entry()) + '\n' : "none\n";
}

TEST_CASE("text cases") {
    test::run_cases("entry/merge.txt", [](const test::Case& test_case) {
        REQUIRE(test_case.command == "merge");
        std::vector<std::unique_ptr<Cursor>> inputs;
        for (const std::string& line : test_case.lines()) {
            inputs.push_back(std::make_unique<VectorCursor>(test::parse_versions(line)));
        }
        const auto cursor = merge_cursors(std::move(inputs));
        std::string output;
        if (!test_case.has("steps")) {
            for (bool more = must(cursor->seek_first()); more; more = must(cursor->next())) {
                output += test::to_text(cursor->entry()) + '\n';
            }
            return output + "end\n";
        }
        for (const std::string& text : test_case.many("steps")) {
            output += text + ": " + show(*cursor, step(*cursor, text));
        }
        return output;
    });
}

TEST_CASE("one input is returned as it is") {
    std::vector<std::unique_ptr<Cursor>> inputs;
    inputs.push_back(std::make_unique<VectorCursor>(std::vector<Version>{}));
    const Cursor* const only = inputs.front().get();
    CHECK(merge_cursors(std::move(inputs)).get() == only);
}

struct Pair {
    std::unique_ptr<Cursor> merged;
    std::unique_ptr<Cursor> model;
    std::vector<Version> all;
};

Pair random_pair(Random& random, std::uint64_t failing_call) {
    Pair pair;
    const std::size_t inputs = random.between(2, 7);
    std::vector<std::vector<Version>> versions(inputs);
    const std::size_t count = random.below(120);
    const std::uint64_t run = random.between(1, 10);
    for (Sequence sequence = 1; sequence <= count; ++sequence) {
        // Long and short keys that share windows, few enough for many versions.
        std::string key = random.one_in(2) ? "shared/prefix/" : "";
        key += random.letters(1);
        if (random.one_in(4)) {
            key.push_back('\0');
        }
        Version version{std::move(key), sequence, Kind::put, random.letters(3)};
        pair.all.push_back(version);
        versions[sequence / run % inputs].push_back(std::move(version));
    }
    std::vector<std::unique_ptr<Cursor>> cursors;
    for (const auto& input : versions) {
        cursors.push_back(std::make_unique<VectorCursor>(
            input, cursors.empty() ? failing_call : ~std::uint64_t{0}));
    }
    pair.merged = merge_cursors(std::move(cursors));
    pair.model = std::make_unique<VectorCursor>(pair.all);
    return pair;
}

std::string random_seek(Random& random, const std::vector<Version>& all) {
    if (all.empty() || random.one_in(6)) {
        return random.one_in(2) ? "first" : "last";
    }
    const Version& version = all[random.below(all.size())];
    if (random.one_in(2)) {
        return "before:" + test::escape(version.key);
    }
    const Sequence sequence = random.one_in(3) ? sequence_max : version.sequence + random.below(3);
    return "seek:" + test::escape(version.key) + '#' + std::to_string(sequence);
}

TEST_CASE("random walks agree with a cursor over the union") {
    Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 300; ++round) {
        const Pair pair = random_pair(random, ~std::uint64_t{0});
        bool standing = false;
        for (int i = 0; i < 200; ++i) {
            std::string text = random.below(10) < 6 ? "next" : "prev";
            if (!standing || random.one_in(15)) {
                text = random_seek(random, pair.all);
            }
            CAPTURE(text);
            standing = must(step(*pair.model, text));
            REQUIRE(must(step(*pair.merged, text)) == standing);
            if (standing) {
                REQUIRE(pair.merged->entry() == pair.model->entry());
            }
        }
    }
}

TEST_CASE("an error of an input ends the walk, whatever the call") {
    Random random{test::test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (std::uint64_t failing_call = 1; failing_call < 60; ++failing_call) {
        const Pair pair = random_pair(random, failing_call);
        bool standing = false;
        for (int i = 0; i < 400; ++i) {
            const std::string text =
                standing ? (random.below(3) > 0 ? "next" : "prev") : random_seek(random, pair.all);
            standing = must(step(*pair.model, text));
            const auto merged = step(*pair.merged, text);
            if (!merged) {
                CHECK(merged.error().code == ErrorCode::io);
                CHECK_FALSE(pair.merged->seek_first());
                break;
            }
            REQUIRE(*merged == standing);
            if (standing) {
                REQUIRE(pair.merged->entry() == pair.model->entry());
            }
        }
    }
}

}  // namespace
}  // namespace strata
