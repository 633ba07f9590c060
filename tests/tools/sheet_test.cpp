// SPDX-License-Identifier: Apache-2.0
// Proves that a table on a terminal stays within it: columns stand closer where that makes them
// fit.
#include "common/sheet.hpp"

#include <doctest/doctest.h>

namespace strata::tools {
namespace {

TEST_CASE("columns stand one blank apart where two do not fit and one does") {
    CHECK(column_gap({}, 80) == 2);
    CHECK(column_gap({10, 10, 10}, 0) == 2);
    CHECK(column_gap({10, 10, 10}, 34) == 2);
    CHECK(column_gap({10, 10, 10}, 33) == 1);
    CHECK(column_gap({10, 10, 10}, 32) == 1);
    CHECK(column_gap({10, 10, 10}, 31) == 2);
    CHECK(column_gap({10}, 5) == 2);
}

}  // namespace
}  // namespace strata::tools
