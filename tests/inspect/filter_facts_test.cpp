// SPDX-License-Identifier: Apache-2.0
// Proves that what is said of a filter is true: probes agree with the reader's answers, the counts
// of bits with a count by hand, and the theoretical rate with one measured on random keys.
#include "inspect/filter_facts.hpp"

#include "base/coding.hpp"
#include "base/hash.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace strata::test {
namespace {

std::string filter_of(std::uint64_t keys, unsigned bits_per_key, Random& random) {
    FilterBuilder builder{bits_per_key};
    for (std::uint64_t i = 0; i < keys; ++i) {
        builder.add(random.next());
    }
    return builder.finish();
}

TEST_CASE("a probe says what the reader says, bit by bit") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    const std::string block = filter_of(300, 10, random);
    const FilterView filter = must(FilterView::parse(block));
    int maybe = 0;
    for (int i = 0; i < 2000; ++i) {
        const std::string key = random.bytes(8);
        const FilterProbe probe = probe_filter(block, key);
        CHECK(probe.hash == hash64(key, 0));
        CHECK(probe.maybe == filter.may_contain(probe.hash));
        CHECK(probe.bits.size() == filter.probes());
        CHECK(probe.maybe == std::ranges::all_of(probe.bits, &FilterProbe::Bit::set));
        maybe += probe.maybe ? 1 : 0;
    }
    CHECK(maybe > 0);
    CHECK(maybe < 100);
}

TEST_CASE("bits are counted") {
    std::string block(128, '\0');
    block[0] = 1;
    block[4] = 2;
    FilterFill fill = fill_of_filter(block);
    CHECK(fill.bits_set == 0);
    CHECK(fill.false_positives == 0);
    block[64] = 0x0f;
    block[127] = static_cast<char>(0x80);
    fill = fill_of_filter(block);
    CHECK(fill.bits_set == 5);
    CHECK(fill.fullest == 5);
    CHECK(fill.emptiest == 5);
    CHECK(fill.false_positives == doctest::Approx(25.0 / (512 * 512)));
    block.append(64, static_cast<char>(0xff));
    block[0] = 2;
    fill = fill_of_filter(block);
    CHECK(fill.bits_set == 517);
    CHECK(fill.fullest == 512);
    CHECK(fill.emptiest == 5);
}

TEST_CASE("theory, bits and measurement agree") {
    Random random{test_seed(2)};
    INFO("STRATA_SEED=", random.seed());
    for (const unsigned bits_per_key : {6U, 9U, 10U, 14U}) {
        CAPTURE(bits_per_key);
        const std::string block = filter_of(50'000, bits_per_key, random);
        const FilterView filter = must(FilterView::parse(block));
        const double theory = theoretical_rate(filter);
        CHECK(fill_of_filter(block).false_positives == doctest::Approx(theory).epsilon(0.1));
        int wrong = 0;
        constexpr int asked = 400'000;
        for (int i = 0; i < asked; ++i) {
            wrong += filter.may_contain(random.next()) ? 1 : 0;
        }
        CHECK(static_cast<double>(wrong) / asked == doctest::Approx(theory).epsilon(0.15));
    }
}

TEST_CASE("a filter that claims anything") {
    std::string block(128, '\0');
    block[0] = 1;
    block[4] = static_cast<char>(255);
    for (const std::uint64_t keys : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
        CAPTURE(keys);
        store(block.data() + 8, keys);
        const double rate = theoretical_rate(must(FilterView::parse(block)));
        CHECK(rate >= 0);
        CHECK(rate <= 1);
    }
}

}  // namespace
}  // namespace strata::test
