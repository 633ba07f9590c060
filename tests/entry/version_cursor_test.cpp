// SPDX-License-Identifier: Apache-2.0
// Proves that a walk over versions shows each of them once and in order: text cases, random walks
// and seeks against a sorted list, and an error of the entries at every call.
#include "entry/version_cursor.hpp"

#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
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

std::string show(const VersionCursor& cursor) {
    return test::to_text(Entry{.key = cursor.key(),
                               .sequence = cursor.sequence(),
                               .kind = cursor.kind(),
                               .value = cursor.value()});
}

TEST_CASE("text cases") {
    test::run_cases("entry/version.txt", [](const test::Case& test_case) {
        REQUIRE(test_case.command == "versions");
        VisibleBounds bounds{.reverse = test_case.has("reverse")};
        bounds.lower = test::unescape(test_case.one("lower", ""));
        if (test_case.has("upper")) {
            bounds.upper = test::unescape(test_case.one("upper"));
        }
        VersionCursor cursor{std::make_unique<VectorCursor>(test::parse_versions(test_case.input)),
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
    std::vector<Version> shown;  // in the order of the walk
    Sequence at = 0;
    VisibleBounds bounds;
};

std::string random_key(Random& random) {
    return random.letters(1) + std::string(random.below(2), '\0');
}

Scene random_scene(Random& random) {
    Scene scene;
    const std::size_t count = random.below(120);
    const std::string hot = random_key(random);
    scene.at = random.below(count + 2);
    scene.bounds.reverse = random.one_in(2);
    if (random.one_in(3)) {
        scene.bounds.lower = random_key(random);
    }
    if (random.one_in(3)) {
        scene.bounds.upper = random_key(random);
    }
    for (Sequence sequence = 1; sequence <= count; ++sequence) {
        Version version{random.one_in(2) ? hot : random_key(random), sequence};
        version.kind = random.one_in(3) ? Kind::del : Kind::put;
        if (version.kind == Kind::put) {
            version.value = random.letters(random.below(40));
        }
        const bool inside = version.key >= scene.bounds.lower &&
                            (!scene.bounds.upper || version.key < *scene.bounds.upper);
        if (inside && sequence <= scene.at) {
            scene.shown.push_back(version);
        }
        scene.versions.push_back(std::move(version));
    }
    const bool reverse = scene.bounds.reverse;
    std::ranges::sort(scene.shown, [reverse](const Version& left, const Version& right) {
        if (left.key != right.key) {
            return reverse ? left.key > right.key : left.key < right.key;
        }
        return left.sequence > right.sequence;
    });
    return scene;
}

std::size_t position_of_seek(const Scene& scene, const std::string& target) {
    const auto found = std::ranges::find_if(scene.shown, [&](const Version& version) {
        return scene.bounds.reverse ? version.key <= target : version.key >= target;
    });
    return static_cast<std::size_t>(found - scene.shown.begin());
}

TEST_CASE("random walks and seeks agree with a sorted list") {
    Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 1500; ++round) {
        CAPTURE(round);
        const Scene scene = random_scene(random);
        VersionCursor cursor{std::make_unique<VectorCursor>(scene.versions), scene.at,
                             scene.bounds};
        std::size_t position = 0;  // of what next() will show
        for (int i = 0; i < 80; ++i) {
            const bool seeks = random.one_in(12);
            const std::string target = random.one_in(10) ? "" : random_key(random);
            if (seeks) {
                position = position_of_seek(scene, target);
            }
            const bool more = position < scene.shown.size();
            REQUIRE(must(seeks ? cursor.seek(target) : cursor.next()) == more);
            if (more) {
                REQUIRE(show(cursor) == test::to_text(scene.shown[position].entry()));
                ++position;
            }
        }
    }
}

TEST_CASE("an error is repeated until a seek succeeds") {
    Random random{test::test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (std::uint64_t failing_call = 1; failing_call < 100; ++failing_call) {
        const Scene scene = random_scene(random);
        VersionCursor cursor{std::make_unique<VectorCursor>(scene.versions, failing_call), scene.at,
                             scene.bounds};
        for (std::size_t position = 0;; ++position) {
            const auto more = cursor.next();
            if (!more) {
                CHECK(more.error().code == ErrorCode::io);
                CHECK(test::must_fail(cursor.next()).message == more.error().message);
                break;
            }
            REQUIRE(*more == (position < scene.shown.size()));
            if (!*more) {
                break;
            }
            REQUIRE(show(cursor) == test::to_text(scene.shown[position].entry()));
        }
    }
}

}  // namespace
}  // namespace strata
