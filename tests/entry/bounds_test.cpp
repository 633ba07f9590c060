// SPDX-License-Identifier: Apache-2.0
// Proves that the options of a scan become exactly the keys they describe: text cases, and random
// options against the definition, key by key.
#include "entry/bounds.hpp"

#include "support/builders.hpp"
#include "support/datadriven.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace strata {
namespace {

TEST_CASE("text cases") {
    test::run_cases("entry/bounds.txt", [](const test::Case& test_case) {
        REQUIRE(test_case.command == "bounds");
        ScanOptions options;
        const auto bytes = [&](const char* name) -> std::optional<std::string> {
            if (!test_case.has(name)) {
                return std::nullopt;
            }
            return test::unescape(test_case.one(name));
        };
        options.from = bytes("from");
        options.to = bytes("to");
        options.after = bytes("after");
        options.prefix = bytes("prefix").value_or("");
        options.reverse = test_case.has("reverse");
        const VisibleBounds bounds = visible_bounds(options);
        CHECK(bounds.reverse == options.reverse);
        const std::string lower = bounds.lower.empty() ? "none" : test::escape(bounds.lower);
        std::string upper = "none";
        if (bounds.upper) {
            upper = bounds.upper->empty() ? "the empty key" : test::escape(*bounds.upper);
        }
        return "lower " + lower + "\nupper " + upper + (bounds.empty() ? "\nempty\n" : "\n");
    });
}

// Short strings over few bytes, so that every relation between two of them is met.
std::string random_key(test::Random& random) {
    constexpr char bytes[] = {'\0', 'a', '\xfe', '\xff'};
    std::string key;
    for (std::uint64_t size = random.below(4); size > 0; --size) {
        key.push_back(bytes[random.below(sizeof bytes)]);
    }
    return key;
}

bool wanted(const ScanOptions& options, const std::string& key) {
    return key.starts_with(options.prefix) && (!options.from || key >= *options.from) &&
           (!options.to || key < *options.to) &&
           (!options.after || (options.reverse ? key < *options.after : key > *options.after));
}

TEST_CASE("random options agree with their definition") {
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int round = 0; round < 3000; ++round) {
        ScanOptions options;
        options.reverse = random.one_in(2);
        for (auto* bound : {&options.from, &options.to, &options.after}) {
            if (random.one_in(2)) {
                *bound = random_key(random);
            }
        }
        if (random.one_in(2)) {
            options.prefix = random_key(random);
        }
        const VisibleBounds bounds = visible_bounds(options);
        for (int i = 0; i < 50; ++i) {
            const std::string key = random_key(random);
            if (key.empty()) {
                continue;
            }
            const bool inside = key >= bounds.lower && (!bounds.upper || key < *bounds.upper);
            CAPTURE(test::escape(key));
            REQUIRE(inside == wanted(options, key));
            REQUIRE_FALSE((inside && bounds.empty()));
        }
    }
}

}  // namespace
}  // namespace strata
