// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <doctest/doctest.h>

#include <utility>

namespace strata::test {

/// The value of a result that a test expects to succeed; else the test case ends with its error.
template <typename T>
T must(Result<T> result) {
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message));
    return result.take_value();
}

/// The error of a result that a test expects to fail.
template <typename T>
Error must_fail(Result<T> result) {
    REQUIRE_MESSAGE(!result.has_value(), "an error was expected");
    return result.take_error();
}

}  // namespace strata::test
