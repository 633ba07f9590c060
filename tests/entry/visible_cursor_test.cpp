// SPDX-License-Identifier: Apache-2.0
// Proves what a reader at a sequence sees: text cases for each rule, random walks and seeks against
// an ordered map, and an error of the entries at every call.
#include "entry/visible_cursor.hpp"

#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::Random;
using test::VectorCursor;
using test::Version;

std::string show(const VisibleCursor& cursor) {
    return test::to_text(Entry{.key = cursor.key(),
                               .sequence = cursor.sequence(),
                               .kind = cursor.kind(),
                               .value = cursor.value()});
}

TEST_CASE("text cases") {
    test::run_cases("entry/visible.txt", [](const test::Case& test_case) {
        REQUIRE(test_case.command == "visible");
        VisibleBounds bounds{.reverse = test_case.has("reverse")};
        bounds.lower = test::unescape(test_case.one("lower", ""));
        if (test_case.has("upper")) {
            bounds.upper = test::unescape(test_case.one("upper"));
        }
        VisibleCursor cursor{std::make_unique<VectorCursor>(test::parse_versions(test_case.input)),
                             test_case.number("at", sequence_max), bounds};
        std::string output;
        if (!test_case.has("steps")) {
            while (must(cursor.next())) {
                output += show(cursor) + '\n';
            }
            return output + "end\n";
        }
        for (const std::string& step : test_case.many("steps")) {
            const bool more =
                must(step == "next" ? cursor.next() : cursor.seek(test::unescape(step.substr(5))));
            output += step + ": " + (more ? show(cursor) : "end") + '\n';
        }
        return output;
    });
}

struct Scene {
    std::vector<Version> versions;
    std::map<std::string, Version> visible;  // inside the bounds
    Sequence at = 0;
    VisibleBounds bounds;
};

std::string random_key(Random& random) {
    return std::string(random.below(2), 'p') + random.letters(1) +
           std::string(random.below(2), '\0');
}

Scene random_scene(Random& random) {
    Scene scene;
    const std::size_t count = random.below(200);
    // One key of many versions, so that the cursor jumps.
    const std::string hot = random_key(random);
    scene.at = random.below(count + 2);
    scene.bounds.reverse = random.one_in(2);
    if (random.one_in(3)) {
        scene.bounds.lower = random_key(random);
    }
    if (random.one_in(3)) {
        scene.bounds.upper = random_key(random);
    }
    std::map<std::string, Version> newest;
    for (Sequence sequence = 1; sequence <= count; ++sequence) {
        Version version{random.one_in(2) ? hot : random_key(random), sequence};
        version.kind = random.one_in(3) ? Kind::del : Kind::put;
        if (version.kind == Kind::put) {
            version.value = random.letters(random.below(40));
        }
        if (sequence <= scene.at) {
            newest.insert_or_assign(version.key, version);
        }
        scene.versions.push_back(std::move(version));
    }
    for (const auto& [key, version] : newest) {
        const bool inside =
            key >= scene.bounds.lower && (!scene.bounds.upper || key < *scene.bounds.upper);
        if (inside && version.kind != Kind::del) {
            scene.visible.emplace(key, version);
        }
    }
    return scene;
}

// The first visible key of the walk, or the first not before `from`, or the first behind `behind`.
const Version* expected(const Scene& scene, const std::optional<std::string>& from,
                        const std::optional<std::string>& behind) {
    const auto& keys = scene.visible;
    if (!scene.bounds.reverse) {
        const auto found = from     ? keys.lower_bound(*from)
                           : behind ? keys.upper_bound(*behind)
                                    : keys.begin();
        return found == keys.end() ? nullptr : &found->second;
    }
    const auto found = from     ? keys.upper_bound(*from)
                       : behind ? keys.lower_bound(*behind)
                                : keys.end();
    return found == keys.begin() ? nullptr : &std::prev(found)->second;
}

TEST_CASE("random walks and seeks agree with a map") {
    Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 1500; ++round) {
        CAPTURE(round);
        const Scene scene = random_scene(random);
        VisibleCursor cursor{std::make_unique<VectorCursor>(scene.versions), scene.at,
                             scene.bounds};
        std::optional<std::string> position;
        bool ended = false;
        for (int i = 0; i < 60; ++i) {
            const bool seeks = random.one_in(8);
            const std::string target = random.one_in(10) ? "" : random_key(random);
            const Version* want = nullptr;
            if (seeks) {
                want = expected(scene, target, std::nullopt);
            } else if (!ended) {
                want = expected(scene, std::nullopt, position);
            }
            REQUIRE(must(seeks ? cursor.seek(target) : cursor.next()) == (want != nullptr));
            ended = want == nullptr;
            if (want != nullptr) {
                REQUIRE(show(cursor) == test::to_text(want->entry()));
                position = want->key;
            }
        }
    }
}

TEST_CASE("what is hidden is counted as it is stepped over") {
    for (const bool reverse : {false, true}) {
        CAPTURE(reverse);
        VisibleCursor cursor{
            std::make_unique<VectorCursor>(test::parse_versions(
                "a#9,put:x a#5,put:x a#4,put:x b#3,del b#2,put:x c#8,put:x d#1,put:x")),
            7, VisibleBounds{.reverse = reverse}};
        std::size_t keys = 0;
        while (must(cursor.next())) {
            ++keys;
        }
        CHECK(keys == 2);
        CHECK(cursor.hidden().too_new == 2);     // a#9, c#8
        CHECK(cursor.hidden().shadowed == 2);    // a#4, b#2
        CHECK(cursor.hidden().tombstones == 1);  // b#3
        CHECK(cursor.hidden().jumps == 0);
    }
}

TEST_CASE("a target may be the key the cursor stands on") {
    for (const bool reverse : {false, true}) {
        VisibleCursor cursor{
            std::make_unique<VectorCursor>(test::parse_versions("a#1,put:x b#2,put:y")),
            sequence_max, VisibleBounds{.reverse = reverse}};
        REQUIRE(must(cursor.next()));
        const std::string before = show(cursor);
        REQUIRE(must(cursor.seek(cursor.key())));
        CHECK(show(cursor) == before);
    }
}

TEST_CASE("an error is repeated until a seek succeeds") {
    Random random{test::test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (std::uint64_t failing_call = 1; failing_call < 100; ++failing_call) {
        const Scene scene = random_scene(random);
        VisibleCursor cursor{std::make_unique<VectorCursor>(scene.versions, failing_call), scene.at,
                             scene.bounds};
        std::optional<std::string> position;
        while (true) {
            const auto more = cursor.next();
            if (!more) {
                CHECK(more.error().code == ErrorCode::io);
                CHECK(test::must_fail(cursor.next()).message == more.error().message);
                break;
            }
            const Version* const want = expected(scene, std::nullopt, position);
            REQUIRE(*more == (want != nullptr));
            if (want == nullptr) {
                break;
            }
            REQUIRE(show(cursor) == test::to_text(want->entry()));
            position = want->key;
        }
    }
}

// Counts the calls that reach the entries.
class CountingCursor final : public Cursor {
  public:
    CountingCursor(std::vector<Version> versions, std::uint64_t& calls)
        : inner_{std::move(versions)}, calls_{calls} {}
    Result<bool> seek_first() override { return count(inner_.seek_first()); }
    Result<bool> seek_last() override { return count(inner_.seek_last()); }
    Result<bool> seek(Bytes key, Sequence sequence) override {
        return count(inner_.seek(key, sequence));
    }
    Result<bool> seek_before(Bytes key) override { return count(inner_.seek_before(key)); }
    Result<bool> next() override { return count(inner_.next()); }
    Result<bool> prev() override { return count(inner_.prev()); }

  private:
    Result<bool> count(Result<bool> standing) {
        ++calls_;
        entry_ = inner_.entry();
        return standing;
    }
    VectorCursor inner_;
    std::uint64_t& calls_;
};

TEST_CASE("thousands of versions of a key are jumped over") {
    std::vector<Version> versions{{"a", 1, Kind::put, "first"}, {"c", 2, Kind::put, "last"}};
    for (Sequence sequence = 3; sequence <= 5000; ++sequence) {
        versions.push_back({"b", sequence, Kind::put, std::to_string(sequence)});
    }
    for (const Sequence at : {Sequence{2}, Sequence{2500}, sequence_max}) {
        for (const bool reverse : {false, true}) {
            std::uint64_t calls = 0;
            VisibleCursor cursor{std::make_unique<CountingCursor>(versions, calls), at,
                                 VisibleBounds{.reverse = reverse}};
            std::size_t keys = 0;
            while (must(cursor.next())) {
                ++keys;
                CHECK((cursor.key() != "b" || cursor.sequence() == std::min<Sequence>(at, 5000)));
            }
            CHECK(keys == (at == 2 ? 2 : 3));
            CHECK(calls < 50);
        }
    }
}

}  // namespace
}  // namespace strata
