// SPDX-License-Identifier: Apache-2.0
// Proves that key choosers follow the shapes they are named after: frequencies of many choices are
// compared with the theory, sums with term-by-term sums, and permutations with all numbers.
#include "stress/distribution.hpp"

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace strata::tools {
namespace {

constexpr std::uint64_t choices = 1'000'000;

std::vector<std::uint64_t> frequencies(const DistributionSpec& spec, std::uint64_t count,
                                       Random& random) {
    KeyChooser chooser{spec, count};
    std::vector<std::uint64_t> seen(count);
    for (std::uint64_t i = 0; i < choices; ++i) {
        const std::uint64_t chosen = chooser.next(random);
        REQUIRE(chosen < count);
        ++seen[chosen];
    }
    return seen;
}

/// Within `sigmas` standard deviations of a binomial count, and a part of the expectation.
bool near(std::uint64_t seen, double probability, double sigmas, double part) {
    const double expected = probability * static_cast<double>(choices);
    return std::abs(static_cast<double>(seen) - expected) <
           sigmas * std::sqrt(expected) + part * expected + 1;
}

double zeta_term_by_term(std::uint64_t count, double theta) {
    double sum = 0;
    for (std::uint64_t i = count; i > 0; --i) {
        sum += std::pow(static_cast<double>(i), -theta);
    }
    return sum;
}

}  // namespace

TEST_CASE("the sum of powers is that of its terms") {
    for (const double theta : {0.1, 0.5, 0.99, 0.999}) {
        for (const std::uint64_t count : {1U, 2U, 999U, 1000U, 1001U, 5000U, 1'000'000U}) {
            CAPTURE(theta);
            CAPTURE(count);
            CHECK(zeta(count, theta) ==
                  doctest::Approx(zeta_term_by_term(count, theta)).epsilon(1e-11));
        }
    }
}

TEST_CASE("ranks follow Zipf's law") {
    Random random{test::test_seed(1)};
    for (const double theta : {0.5, 0.99}) {
        constexpr std::uint64_t count = 10'000;
        const ZipfRanks ranks{count, theta};
        std::vector<std::uint64_t> seen(count);
        for (std::uint64_t i = 0; i < choices; ++i) {
            ++seen[ranks.next(random)];
        }
        const double sum = zeta_term_by_term(count, theta);
        CAPTURE(theta);
        // The first two are exact.
        CHECK(near(seen[0], 1 / sum, 5, 0));
        CHECK(near(seen[1], std::pow(2, -theta) / sum, 5, 0));
        // The others only in the long run: parts of the ranks, on a logarithmic scale.
        for (std::uint64_t from = 4; from < count; from *= 4) {
            const std::uint64_t to = std::min(from * 4, count);
            std::uint64_t found = 0;
            for (std::uint64_t rank = from; rank < to; ++rank) {
                found += seen[rank];
            }
            const double expected =
                (zeta_term_by_term(to, theta) - zeta_term_by_term(from, theta)) / sum;
            CAPTURE(from);
            CHECK(near(found, expected, 5, 0.04));
        }
    }
}

TEST_CASE("ranks of few things, and of a growing number of them") {
    Random random{test::test_seed(2)};
    for (std::uint64_t count = 1; count < 5; ++count) {
        ZipfRanks ranks{1, 0.99};
        ranks.resize(count);
        std::vector<std::uint64_t> seen(count);
        for (int i = 0; i < 10'000; ++i) {
            const std::uint64_t rank = ranks.next(random);
            REQUIRE(rank < count);
            ++seen[rank];
        }
        CHECK(std::ranges::is_sorted(seen, std::greater{}));
        CHECK(seen.back() > 0);
    }
}

TEST_CASE("a zipf choice scatters the popular keys, but keeps their frequencies") {
    Random random{test::test_seed(3)};
    constexpr std::uint64_t count = 1000;
    DistributionSpec spec;
    spec.kind = DistributionSpec::Kind::zipf;
    auto seen = frequencies(spec, count, random);
    const auto top = std::ranges::max_element(seen);
    CHECK(near(*top, 1 / zeta_term_by_term(count, spec.theta), 5, 0.05));
    const auto place = top - seen.begin();
    CHECK(place > 0);
    std::ranges::sort(seen, std::greater{});
    CHECK(near(seen[1], std::pow(2, -spec.theta) / zeta_term_by_term(count, spec.theta), 5, 0.1));
}

TEST_CASE("latest prefers the greatest number, also after growth") {
    Random random{test::test_seed(4)};
    DistributionSpec spec;
    spec.kind = DistributionSpec::Kind::latest;
    KeyChooser chooser{spec, 10};
    chooser.resize(1000);
    std::map<std::uint64_t, std::uint64_t> seen;
    for (std::uint64_t i = 0; i < choices; ++i) {
        ++seen[chooser.next(random)];
    }
    CHECK(seen.rbegin()->first == 999);
    CHECK(near(seen[999], 1 / zeta_term_by_term(1000, spec.theta), 5, 0));
}

TEST_CASE("a hot set gets its share, uniform gives each its own, seq counts") {
    Random random{test::test_seed(5)};
    const auto hot = frequencies(test::must(parse_distribution("hot:0.1/0.9")), 1000, random);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < 100; ++i) {
        sum += hot[i];
    }
    CHECK(near(sum, 0.9, 5, 0));
    for (const std::uint64_t each : frequencies({}, 100, random)) {
        CHECK(near(each, 0.01, 5, 0));
    }
    KeyChooser seq{test::must(parse_distribution("seq")), 3, 2};
    const std::vector<std::uint64_t> found = {seq.next(random), seq.next(random), seq.next(random),
                                              seq.next(random)};
    CHECK(found == std::vector<std::uint64_t>{2, 0, 1, 2});
}

TEST_CASE("distributions in words") {
    for (const char* text : {"uniform", "zipf:0.9", "latest:0.5", "hot:0.01/0.9", "seq"}) {
        CHECK(distribution_text(test::must(parse_distribution(text))) == text);
    }
    CHECK(distribution_text(test::must(parse_distribution("zipf"))) == "zipf:0.99");
    for (const char* text : {"", "zipf:", "zipf:1", "zipf:0", "zipf:nan", "hot:1", "hot:2/0.5",
                             "hot:0.5/-1", "seq:1", "uniform:", "zipfian", "latest:x"}) {
        CAPTURE(text);
        CHECK(test::must_fail(parse_distribution(text)).code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("a permutation meets every number once, in an order that its seed decides") {
    for (const std::uint64_t count : {1U, 2U, 3U, 5U, 16U, 17U, 1000U, 4096U, 65'537U}) {
        CAPTURE(count);
        const Permutation permutation{count, 7};
        std::vector<bool> met(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t place = permutation(i);
            REQUIRE(place < count);
            REQUIRE_FALSE(met[place]);
            met[place] = true;
        }
    }
    const Permutation one{1000, 1};
    const Permutation same{1000, 1};
    const Permutation other{1000, 2};
    int equal = 0;
    int neighbours = 0;
    for (std::uint64_t i = 0; i < 999; ++i) {
        CHECK(one(i) == same(i));
        equal += one(i) == other(i) ? 1 : 0;
        neighbours += one(i) + 1 == one(i + 1) ? 1 : 0;
    }
    CHECK(equal < 10);
    CHECK(neighbours < 10);
}

}  // namespace strata::tools
