// SPDX-License-Identifier: Apache-2.0
// Proves the limits of a batch, at each limit and one beyond, and that a refused operation leaves
// the batch as it was.
#include <strata/batch.hpp>

#include "entry/operation.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata {
namespace {

TEST_CASE("limits") {
    Batch batch;
    const std::string long_key(key_size_max, 'k');
    const std::string long_value(value_size_max, 'v');
    CHECK(batch.put(long_key, ""));
    CHECK(batch.del(long_key));
    const std::string before{batch.encoded()};

    auto refused = batch.put("", "v");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.find("65536") != std::string::npos);
    CHECK_FALSE(batch.del(""));
    CHECK_FALSE(batch.put(long_key + "k", "v"));
    CHECK_FALSE(batch.del(long_key + "k"));
    refused = batch.put("k", long_value + "v");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("67108864") != std::string::npos);
    CHECK_FALSE(batch.require("", Condition::Absent{}));
    CHECK(batch.encoded() == before);
    CHECK(batch.operations() == 2);

    CHECK(batch.put("k", long_value));
    const auto too_much = batch.put("l", long_value);
    REQUIRE_FALSE(too_much);
    CHECK(too_much.error().code == ErrorCode::invalid_argument);
    CHECK(batch.operations() == 3);
    CHECK(batch.encoded().size() <= batch_size_max);
}

TEST_CASE("a batch of the greatest key and value fits") {
    Batch batch;
    CHECK(batch.put(std::string(key_size_max, 'k'), std::string(value_size_max, 'v')));
}

TEST_CASE("clear makes it empty") {
    Batch batch;
    CHECK(batch.empty());
    REQUIRE(batch.put("a", "b"));
    REQUIRE(batch.require("a", Condition::AtSequence{3}));
    CHECK_FALSE(batch.empty());
    batch.clear();
    CHECK(batch.empty());
    CHECK(batch.encoded().empty());
    CHECK(batch.conditions().empty());
}

}  // namespace
}  // namespace strata
