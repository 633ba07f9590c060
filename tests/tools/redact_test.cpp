// SPDX-License-Identifier: Apache-2.0
// Proves that a stand-in keeps the length, is the same each time and on every machine, differs for
// different bytes, and does not show the bytes.
#include "common/redact.hpp"

#include "support/random.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace strata::test {
namespace {

TEST_CASE("stand-ins") {
    CHECK(tools::redacted("") == "");
    CHECK(tools::redacted("user:1") == "56up7t");
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    std::set<std::string> seen;
    for (int i = 0; i < 2000; ++i) {
        const std::string bytes = random.bytes(random.between(8, 60));
        const std::string text = tools::redacted(bytes);
        CHECK(text.size() == bytes.size());
        CHECK(text == tools::redacted(bytes));
        CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
        CHECK(seen.insert(text).second);
    }
}

TEST_CASE("one byte changes the whole stand-in") {
    const std::string left = tools::redacted(std::string(40, 'a'));
    const std::string right = tools::redacted(std::string(39, 'a') + "b");
    std::size_t equal = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        equal += left[i] == right[i] ? 1U : 0U;
    }
    CHECK(equal < 10);
}

}  // namespace
}  // namespace strata::test
