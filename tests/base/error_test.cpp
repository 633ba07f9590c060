// SPDX-License-Identifier: Apache-2.0
// Proves that STRATA_TRY passes values and errors on, runs destructors on the way, and that every
// error code has a word of its own.
#include "base/error.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

namespace strata {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) {
        return invalid_argument("{} is odd", number);
    }
    return number / 2;
}

Status check_half(int number) {
    STRATA_TRY(half(number));
    return {};
}

Result<std::unique_ptr<int>> quarter(int number, std::shared_ptr<int> counted) {
    const std::shared_ptr<int> held = std::move(counted);
    const int first = STRATA_TRY(half(number));
    int second = STRATA_TRY(half(first));
    return std::make_unique<int>(second);
}

TEST_CASE("values pass") {
    const auto counted = std::make_shared<int>(0);
    auto result = quarter(12, counted);
    REQUIRE(result);
    CHECK(**result == 3);
    CHECK(counted.use_count() == 1);
    CHECK(check_half(4));
}

TEST_CASE("errors pass, and locals are destroyed on the way") {
    const auto counted = std::make_shared<int>(0);
    auto result = quarter(6, counted);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::invalid_argument);
    CHECK(result.error().message == "3 is odd");
    CHECK_FALSE(result.error().outcome_unknown);
    CHECK(counted.use_count() == 1);
    CHECK_FALSE(check_half(3));
}

TEST_CASE("copy_status") {
    CHECK(copy_status(Status{}));
    const Status failed = make_error(ErrorCode::busy, "held by {}", 7);
    const Status copy = copy_status(failed);
    REQUIRE_FALSE(copy);
    CHECK(copy.error().message == failed.error().message);
}

TEST_CASE("every code has its own word") {
    std::set<std::string> words;
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        words.insert(error_code_name(static_cast<ErrorCode>(code)));
    }
    CHECK(words.size() == static_cast<std::size_t>(ErrorCode::internal) + 1);
}

TEST_CASE("corruption names file and offset") {
    const Error error = corruption_at("/s/000000000007.wal", 64, "expected {}, found {}", 1, 2);
    CHECK(error.code == ErrorCode::corruption);
    CHECK(error.message == "/s/000000000007.wal: at 64: expected 1, found 2");
}

}  // namespace
}  // namespace strata
