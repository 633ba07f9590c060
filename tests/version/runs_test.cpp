// SPDX-License-Identifier: Apache-2.0
// Proves that each invariant of runs is checked, with cases written as text.
#include "version/runs.hpp"

#include "support/datadriven.hpp"
#include "version/runs_text.hpp"

#include <doctest/doctest.h>

using namespace strata;
using namespace strata::test;

TEST_CASE("runs: text cases") {
    run_cases("version/runs.txt", [](const Case& test) {
        REQUIRE(test.command == "check");
        return find_broken_invariant(parse_runs(test.input)).value_or("holds");
    });
}
