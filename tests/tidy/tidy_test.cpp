// SPDX-License-Identifier: Apache-2.0
// Proves that the tree keeps the rules of the house, by applying each rule to all of it. Offences
// are printed with file and line.
#include "tidy/rules.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::tidy {
namespace {

std::string top() {
    const char* top = std::getenv("STRATA_SOURCE");
    REQUIRE_MESSAGE(top != nullptr, "STRATA_SOURCE is not set: run through `meson test`");
    return top;
}

void report(const Offences& offences) {
    for (const Offence& offence : offences) {
        ADD_FAIL_CHECK_AT(offence.path.c_str(), offence.line, offence.message);
    }
    if (offences.empty()) {
        CHECK(true);
    }
}

using FileRule = Offences (*)(const File&);
using TreeRule = Offences (*)(const Tree&);

void apply(FileRule rule) {
    const Tree tree = load_tree(top());
    REQUIRE(find_file(tree, "libstrata/layers.txt") != nullptr);
    for (const File& file : tree) {
        report(rule(file));
    }
}

void apply(TreeRule rule) { report(rule(load_tree(top()))); }

TEST_CASE("files have at most 600 lines of at most 100 columns") { apply(check_sizes); }

TEST_CASE("functions have at most 70 lines") { apply(check_functions); }

TEST_CASE("files open with licence and purpose") { apply(check_opening); }

TEST_CASE("no unfinished work, no foreign words") { apply(check_words); }

TEST_CASE("layers include only what lies below") { apply(check_includes); }

TEST_CASE("every source is built") { apply(check_listed); }

TEST_CASE("every header is used") { apply(check_used); }

TEST_CASE("every unit has a test") { apply(check_units); }

TEST_CASE("the top holds what belongs there") {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{top()}) {
        names.push_back(entry.path().filename().string());
    }
    CHECK(names.size() > 5);
    report(check_top(names));
}

}  // namespace
}  // namespace strata::tidy
