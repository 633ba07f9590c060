// SPDX-License-Identifier: Apache-2.0
// Proves that the keep rule never changes what a read finds: text cases for each rule, and random
// histories in which every read at every snapshot, at the newest sequence and at every sequence
// from the history floor on is compared before and after, with older and newer runs present.
#include "compact/keep_rule.hpp"

#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

using namespace strata;
using namespace strata::test;

namespace {

using OwnedEntry = test::Version;

std::vector<Sequence> sequences(const std::vector<std::string>& words) {
    std::vector<Sequence> result;
    for (const std::string& word : words) {
        result.push_back(std::stoull(word));
    }
    return result;
}

/// One version a line, in the order given.
std::vector<OwnedEntry> parse_lines(const std::vector<std::string>& lines) {
    std::vector<OwnedEntry> entries;
    for (const std::string& line : lines) {
        entries.push_back(parse_version(line));
    }
    return entries;
}

/// All versions of all keys.
using History = std::map<std::string, std::map<Sequence, OwnedEntry>>;

/// What a read finds: nothing for absent keys and tombstones.
std::optional<OwnedEntry> read(const History& history, const std::string& key, Sequence at) {
    const auto versions = history.find(key);
    if (versions == history.end()) {
        return {};
    }
    auto next = versions->second.upper_bound(at);
    if (next == versions->second.begin()) {
        return {};
    }
    const OwnedEntry& found = std::prev(next)->second;
    return found.kind == Kind::del ? std::optional<OwnedEntry>{} : found;
}

/// A random store: operations 1 to `end`, of which the inputs are those in [from, to]; older runs
/// hold the ones below, newer runs and memtables the ones above.
struct Scene {
    History history{};
    Sequence from = 0;
    Sequence to = 0;
    Sequence end = 0;
    KeepLimits limits{};
};

Scene random_scene(Random& random) {
    Scene scene;
    scene.end = random.between(1, 60);
    scene.from = random.between(1, scene.end);
    scene.to = random.between(scene.from, scene.end);
    const std::uint64_t keys = random.between(1, 8);
    const std::uint64_t delete_one_in = random.between(1, 5);
    for (Sequence s = 1; s <= scene.end; ++s) {
        OwnedEntry entry{.key = std::string(1, static_cast<char>('a' + random.below(keys))),
                         .sequence = s};
        if (random.one_in(delete_one_in)) {
            entry.kind = Kind::del;
        } else {
            entry.value = std::to_string(s);
        }
        scene.history[entry.key][s] = std::move(entry);
    }
    std::set<Sequence> snapshots;
    for (std::uint64_t i = random.below(5); i > 0; --i) {
        snapshots.insert(random.between(0, scene.end));
    }
    scene.limits.snapshots.assign(snapshots.begin(), snapshots.end());
    if (random.one_in(3)) {
        scene.limits.safe_sequence = random.below(scene.end + 1);
    }
    std::set<std::string> in_older;
    for (const auto& versions : scene.history) {
        // Sometimes "maybe" for a key that no older run has: ranges say no more.
        if (versions.second.begin()->first < scene.from || random.one_in(4)) {
            in_older.insert(versions.first);
        }
    }
    scene.limits.older_may_contain = [in_older](Bytes key) {
        return in_older.count(std::string{key}) != 0;
    };
    return scene;
}

/// The history after the inputs went through the rule, and the floor it reports.
struct After {
    History history{};
    Sequence floor = 0;
};

After merge(const Scene& scene) {
    After after{.history = scene.history};
    KeepRule rule{scene.limits};
    for (const auto& [key, versions] : scene.history) {
        for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
            const bool is_input = version->first >= scene.from && version->first <= scene.to;
            if (is_input && !rule.keep(version->second.entry())) {
                after.history[key].erase(version->first);
            }
        }
    }
    after.floor = rule.history_floor();
    return after;
}

}  // namespace

TEST_CASE("keep rule: text cases") {
    run_cases("compact/keep_rule.txt", [](const Case& test) {
        REQUIRE(test.command == "keep");
        const std::vector<std::string> older = test.many("older");
        KeepRule rule{KeepLimits{.snapshots = sequences(test.many("snapshots")),
                                 .safe_sequence = test.number("safe", sequence_max),
                                 .older_may_contain = [&](Bytes key) {
                                     return std::ranges::find(older, key) != older.end();
                                 }}};
        std::string output;
        for (const OwnedEntry& entry : parse_lines(test.lines())) {
            output += rule.keep(entry.entry()) ? "keep " : "drop ";
            output += to_text(entry.entry()) + "\n";
        }
        return output + "floor " + std::to_string(rule.history_floor());
    });
}

TEST_CASE("keep rule: no read can tell that a merge took place") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    std::uint64_t dropped = 0;
    for (int round = 0; round < 5000; ++round) {
        const Scene scene = random_scene(random);
        const After after = merge(scene);
        CAPTURE(round);
        REQUIRE(after.floor <= scene.to);
        for (const auto& versions : scene.history) {
            const std::string& key = versions.first;
            CAPTURE(key);
            dropped += versions.second.size() - after.history.at(key).size();
            for (const Sequence at : scene.limits.snapshots) {
                CAPTURE(at);
                REQUIRE(read(after.history, key, at) == read(scene.history, key, at));
            }
            // Snapshots taken later have a sequence that no input is above.
            for (Sequence at = std::min(after.floor, scene.to); at <= scene.end + 1; ++at) {
                CAPTURE(at);
                REQUIRE(read(after.history, key, at) == read(scene.history, key, at));
            }
        }
    }
    CHECK(dropped > 10000);
}

TEST_CASE("keep rule: what may go does go") {
    Random random{test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 2000; ++round) {
        const Scene scene = random_scene(random);
        const After after = merge(scene);
        const auto& snapshots = scene.limits.snapshots;
        for (const auto& [key, versions] : after.history) {
            Sequence newer = 0;
            for (auto v = versions.rbegin(); v != versions.rend(); ++v) {
                const Sequence s = v->first;
                if (s < scene.from || s > scene.to) {
                    continue;
                }
                CAPTURE(s);
                // Without the newest or with a snapshot in between, nothing else holds it.
                const bool needed = newer == 0 || std::ranges::any_of(snapshots, [&](Sequence q) {
                                        return s <= q && q < newer;
                                    });
                REQUIRE(needed);
                newer = s;
                const bool gone = v->second.kind == Kind::del && s <= scene.limits.safe_sequence &&
                                  (snapshots.empty() || s <= snapshots.front()) &&
                                  !scene.limits.older_may_contain(key);
                REQUIRE(!gone);
            }
        }
    }
}
