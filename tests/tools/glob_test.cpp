// SPDX-License-Identifier: Apache-2.0
// Proves what --match matches, against a table, and that a pattern of many stars is matched in
// reasonable time.
#include "common/glob.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata::tools {
namespace {

TEST_CASE("patterns") {
    struct Case {
        const char* pattern;
        const char* text;
        bool matches;
    };
    const Case cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"a*", "abc", true},
        {"a*", "bac", false},
        {"*c", "abc", true},
        {"*c", "abcd", false},
        {"a*c", "ac", true},
        {"a*b*c", "axbxbxc", true},
        {"a*b*c", "axcxb", false},
        {"?", "a", true},
        {"?", "", false},
        {"?", "\xc3\xa9", true},
        {"?", "\xff", true},
        {"??", "\xc3\xa9", false},
        {"[abc]", "b", true},
        {"[abc]", "d", false},
        {"[a-c]x", "bx", true},
        {"[!a-c]", "b", false},
        {"[^a-c]", "d", true},
        {"[]]", "]", true},
        {"[a-]", "-", true},
        {"[*]", "*", true},
        {"[*]", "x", false},
        {"[", "[", true},
        {"a[", "a[", true},
        {"[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true},
        {"[!a]", "\xff", true},
        {"user:*:name", "user:14:name", true},
        {"*/1", "a/1", true},
    };
    for (const Case& test : cases) {
        CAPTURE(test.pattern);
        CAPTURE(test.text);
        CHECK(Glob{test.pattern}.matches(test.text) == test.matches);
    }
}

TEST_CASE("the literal beginning narrows the scan") {
    CHECK(Glob{"user:*"}.literal_prefix() == "user:");
    CHECK(Glob{"a?c"}.literal_prefix() == "a");
    CHECK(Glob{"[ab]"}.literal_prefix().empty());
    CHECK(Glob{"plain"}.literal_prefix() == "plain");
}

TEST_CASE("many stars do not explode") {
    std::string pattern;
    for (int i = 0; i < 100; ++i) {
        pattern += "a*";
    }
    CHECK_FALSE(Glob{pattern + "b"}.matches(std::string(10'000, 'a')));
    CHECK(Glob{pattern}.matches(std::string(10'000, 'a')));
}

}  // namespace
}  // namespace strata::tools
