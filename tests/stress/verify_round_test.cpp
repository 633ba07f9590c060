// SPDX-License-Identifier: Apache-2.0
// Proves that a verification finds what is wrong with a store and nothing else: rounds on stores
// that go wrong in one way each are caught, and shrunk to few operations; rounds on a good store
// with one and with several threads find nothing.
#include "stress/verify_round.hpp"

#include "stress/faulty_store.hpp"
#include "stress/verify_shrink.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <string>

namespace strata::tools {
namespace {

using test::must;

bool never() { return false; }

RoundResult round_on(Wrong wrong, const RoundSpec& spec) {
    return run_round(spec, must(faulty_stores(wrong)()), never, nullptr);
}

/// Finds and shrinks; the shrunk operations.
Shrunk caught(Wrong wrong, std::uint64_t seed) {
    const RoundSpec spec{.seed = seed, .operations = 3000, .keys = 200, .block_size = 256};
    const RoundResult result = round_on(wrong, spec);
    REQUIRE(result.mismatch.has_value());
    constexpr std::uint64_t tries_max = 3000;
    return shrink_operations(round_operations(spec, result.step + 1), faulty_stores(wrong),
                             tries_max, never);
}

void expect_small(Wrong wrong, std::size_t operations_max, const std::string& what) {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    const Shrunk shrunk = caught(wrong, seed);
    CHECK(shrunk.recurred);
    INFO(shrunk.what);
    CHECK(shrunk.operations.size() <= operations_max);
    CHECK(shrunk.what.find(what) != std::string::npos);
    // It is a proof of its own: on a good store the same operations are right.
    CHECK(run_operations(shrunk.operations, faulty_stores(wrong), nullptr).mismatch.has_value());
    CHECK_FALSE(run_operations(shrunk.operations, faulty_stores(Wrong::nothing), nullptr)
                    .mismatch.has_value());
}

}  // namespace

TEST_CASE("a good store has no mismatch") {
    const std::uint64_t seed = test::test_seed(1);
    INFO("STRATA_SEED=", seed);
    for (const unsigned threads : {1U, 2U, 5U}) {
        const RoundSpec spec{.seed = seed, .threads = threads, .operations = 4000, .keys = 300};
        const RoundResult result = round_on(Wrong::nothing, spec);
        CHECK_MESSAGE(!result.mismatch.has_value(), (result.mismatch ? result.mismatch->what : ""));
        CHECK(result.tally.total() >= spec.operations);
        CHECK(result.tally.of(Operation::Kind::reopen) >= 1);
        CHECK(result.tally.of(Operation::Kind::read_only) >= 1);
        CHECK(result.tally.conflicts >= 1);
        CHECK((result.tally.shared > 0) == (threads > 1));
    }
}

TEST_CASE("a delete that is forgotten") { expect_small(Wrong::forgets_delete, 3, "absent"); }

TEST_CASE("a value of the past") { expect_small(Wrong::stale_value, 4, "get"); }

TEST_CASE("a scan out of order") { expect_small(Wrong::misordered_scan, 4, "reverse"); }

TEST_CASE("the tail of a batch that is lost") { expect_small(Wrong::loses_batch_tail, 2, "found"); }

TEST_CASE("writes that are gone after opening") {
    expect_small(Wrong::reopens_older, 3, "last sequence");
}

TEST_CASE("a snapshot that moves") { expect_small(Wrong::moving_snapshot, 4, "get"); }

TEST_CASE("conditions that are not looked at") {
    expect_small(Wrong::ignores_conditions, 1, "conflict");
}

TEST_CASE("an error where there should be an answer") {
    expect_small(Wrong::returns_late_error, 11, "made up");
}

TEST_CASE("several threads find a lost tail too") {
    const RoundSpec spec{.seed = 1, .threads = 3, .operations = 3000, .keys = 100};
    const RoundResult result = round_on(Wrong::loses_batch_tail, spec);
    CHECK(result.mismatch.has_value());
}

}  // namespace strata::tools
