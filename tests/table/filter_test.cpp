// SPDX-License-Identifier: Apache-2.0
// Proves that a filter never denies a key it holds, that it errs on absent keys about as often as
// theory says, that its bits are those of the format, and that a damaged one is refused.
#include "table/filter.hpp"

#include "base/coding.hpp"
#include "base/hash.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

namespace strata::test {
namespace {

std::uint64_t key_hash(std::uint64_t n) {
    std::string key;
    append(key, n);
    return hash64(key, 0);
}

std::string build(unsigned bits_per_key, std::uint64_t keys) {
    FilterBuilder builder{bits_per_key};
    for (std::uint64_t i = 0; i < keys; ++i) {
        builder.add(key_hash(i));
    }
    return builder.finish();
}

/// Expected rate of false positives of a filter of 512-bit lines: the number of keys in a line is
/// Poisson distributed, and a line with n keys says yes with (1 - (1 - 1/512)^(n * probes))^probes.
double theory(unsigned bits_per_key, unsigned probes) {
    const double mean = 512.0 / bits_per_key;
    double rate = 0;
    double chance = std::exp(-mean);
    for (int n = 0; n < 400; ++n) {
        const double set = 1 - std::pow(1 - 1.0 / 512, static_cast<double>(n) * probes);
        rate += chance * std::pow(set, probes);
        chance *= mean / (n + 1);
    }
    return rate;
}

TEST_CASE("densities and probes") {
    CHECK(filter_probes(14) == 9);
    CHECK(filter_probes(12) == 8);
    CHECK(filter_probes(10) == 7);
    CHECK(filter_probes(9) == 6);
    CHECK(filter_probes(1) == 1);
    CHECK(filter_probes(32) == 21);
    CHECK(build(0, 100).empty());
    CHECK(must(FilterView::parse(build(10, 1))).lines() == 1);
    CHECK(must(FilterView::parse(build(10, 1000))).lines() == 20);
    CHECK(must(FilterView::parse(build(10, 1000))).keys() == 1000);
}

TEST_CASE("every key passes, and absent keys pass as often as theory says") {
    constexpr std::uint64_t keys = 50'000;
    constexpr std::uint64_t absent = 400'000;
    for (const unsigned bits : {4U, 9U, 10U, 12U, 14U, 20U}) {
        const std::string block = build(bits, keys);
        const FilterView filter = must(FilterView::parse(block));
        std::uint64_t denied = 0;
        for (std::uint64_t i = 0; i < keys; ++i) {
            denied += filter.may_contain(key_hash(i)) ? 0U : 1U;
        }
        CHECK(denied == 0);
        std::uint64_t passed = 0;
        for (std::uint64_t i = keys; i < keys + absent; ++i) {
            passed += filter.may_contain(key_hash(i)) ? 1U : 0U;
        }
        const double rate = static_cast<double>(passed) / static_cast<double>(absent);
        const double expected = theory(bits, filter.probes());
        CAPTURE(bits);
        CAPTURE(rate);
        CAPTURE(expected);
        // The probes of one key are not independent, which costs a little.
        CHECK(rate < expected * 1.35 + 0.0002);
        CHECK(rate > expected * 0.75 - 0.0002);
    }
}

TEST_CASE("the bits are those that the format defines") {
    FilterBuilder builder{10};
    const std::uint64_t x = 0x8000000012345678U;
    builder.add(x);
    const std::string block = builder.finish();
    REQUIRE(block.size() == 128);
    CHECK(load<std::uint32_t>(block.data()) == 1);
    CHECK(block[4] == 7);
    CHECK(load<std::uint64_t>(block.data() + 8) == 1);
    std::string expected(64, '\0');
    std::uint32_t y = 0x12345678U;
    for (int i = 0; i < 7; ++i) {
        const std::uint32_t bit = y >> 23;
        expected[bit / 8] = static_cast<char>(expected[bit / 8] | (1 << (bit % 8)));
        y *= 0x9e3779b9U;
    }
    CHECK(block.substr(64) == expected);
}

TEST_CASE("a filter whose sizes do not agree is refused") {
    const std::string good = build(10, 100);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{15}, std::size_t{64}, good.size() - 1}) {
        CHECK(must_fail(FilterView::parse(Bytes{good}.substr(0, size))).code ==
              ErrorCode::corruption);
    }
    std::string lines = good;
    store(lines.data(), ~std::uint32_t{0});
    CHECK(must_fail(FilterView::parse(lines)).code == ErrorCode::corruption);
    store(lines.data(), std::uint32_t{0});
    CHECK(must_fail(FilterView::parse(lines)).code == ErrorCode::corruption);
    std::string probes = good;
    probes[4] = 0;
    CHECK(must_fail(FilterView::parse(probes)).code == ErrorCode::corruption);
}

TEST_CASE("no filter says yes") { CHECK(FilterView{}.may_contain(1)); }

}  // namespace
}  // namespace strata::test
