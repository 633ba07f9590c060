// SPDX-License-Identifier: Apache-2.0
// Proves the sizes, the order and the compressibility of keys and values, by making many of them.
#include "stress/values.hpp"

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

constexpr std::uint64_t limit = 1U << 20U;

SizeSpec sizes(const char* text) { return test::must(parse_size_spec(text, limit)); }

std::vector<std::size_t> many(const char* text) {
    Random random{test::test_seed(1)};
    const SizeChooser chooser{sizes(text)};
    std::vector<std::size_t> found(100'000);
    for (std::size_t& size : found) {
        size = chooser.next(random);
    }
    return found;
}

double mean(const std::vector<std::size_t>& numbers) {
    double sum = 0;
    for (const std::size_t number : numbers) {
        sum += static_cast<double>(number);
    }
    return sum / static_cast<double>(numbers.size());
}

}  // namespace

TEST_CASE("sizes in words") {
    for (const char* text : {"fixed:100", "uniform:1..10", "zipf:16..4096", "pareto:1024"}) {
        CHECK(size_spec_text(sizes(text)) == text);
    }
    CHECK(size_spec_text(sizes("4k")) == "fixed:4096");
    CHECK(size_spec_text(sizes("pareto")) == "pareto:1024");
    for (const char* text : {"", "x", "uniform:", "uniform:5", "uniform:9..8", "zipf:1..", "2MiB",
                             "fixed:-1", "pareto:", "gauss:5"}) {
        CAPTURE(text);
        CHECK(test::must_fail(parse_size_spec(text, limit)).code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("sizes lie in their bounds and have their means") {
    const auto uniform = many("uniform:10..20");
    CHECK(*std::ranges::min_element(uniform) == 10);
    CHECK(*std::ranges::max_element(uniform) == 20);
    CHECK(mean(uniform) == doctest::Approx(15).epsilon(0.01));
    const auto zipf = many("zipf:10..1000");
    CHECK(*std::ranges::min_element(zipf) == 10);
    CHECK(*std::ranges::max_element(zipf) <= 1000);
    CHECK(std::ranges::count(zipf, 10U) > std::ranges::count(zipf, 11U));
    // The mean of the distribution is sigma / (1 - k) = 34.5; the cut takes little of it.
    const auto pareto = many("pareto:100k");
    CHECK(mean(pareto) == doctest::Approx(34).epsilon(0.03));
    CHECK(*std::ranges::min_element(pareto) >= 1);
}

TEST_CASE("values repeat with their seed, differ without, and compress as told") {
    Values one{5, sizes("uniform:50..150"), 0.5};
    Values same{5, sizes("uniform:50..150"), 0.5};
    Values other{6, sizes("uniform:50..150"), 0.5};
    std::uint64_t bytes = 0;
    std::uint64_t repeated = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::string value{one.next()};
        CHECK(value == same.next());
        CHECK(value != other.next());
        bytes += value.size();
        repeated += static_cast<std::uint64_t>(std::ranges::count(value, 'a'));
    }
    CHECK(static_cast<double>(repeated) / static_cast<double>(bytes) ==
          doctest::Approx(0.5).epsilon(0.03));
}

TEST_CASE("keys order as their numbers, absent ones lie between live ones") {
    for (const char* text : {"8", "16", "40", "uniform:8..60"}) {
        CAPTURE(text);
        KeyMaker keys{sizes(text)};
        std::string last;
        for (std::uint64_t i = 0; i < 2000; ++i) {
            const std::string live{keys.live(i)};
            CHECK(last < live);
            CHECK(live == keys.live(i));
            last = keys.absent(i);
            CHECK(live < last);
        }
    }
    KeyMaker digits{sizes("16")};
    CHECK(digits.live(21) == "0000000000000042");
    CHECK(KeyMaker::capacity(sizes("3")) == 500);
}

}  // namespace strata::tools
