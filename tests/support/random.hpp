// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace strata::test {

/// The seed of a random test: $STRATA_SEED when set, else `fallback`. A test prints it:
///     Random random{test_seed(1)};
///     INFO("STRATA_SEED=", random.seed());
[[nodiscard]] inline std::uint64_t test_seed(std::uint64_t fallback) {
    const char* text = std::getenv("STRATA_SEED");
    return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 0) : fallback;
}

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers with every compiler and library, which
/// the distributions of <random> do not promise.
class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept : seed_{seed}, state_{seed} {}

    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// In [0, limit), limit > 0. Its bias is below 2^-32 for the limits of tests.
    std::uint64_t below(std::uint64_t limit) noexcept { return next() % limit; }
    /// In [least, greatest].
    std::uint64_t between(std::uint64_t least, std::uint64_t greatest) noexcept {
        return least + below(greatest - least + 1);
    }
    /// True once in `n` times.
    bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

    /// Any bytes, NUL and 0xff included.
    std::string bytes(std::size_t size) {
        std::string result(size, '\0');
        for (char& c : result) {
            c = static_cast<char>(next() >> 56U);
        }
        return result;
    }
    /// Letters a to z, for readable keys.
    std::string letters(std::size_t size) {
        std::string result(size, 'a');
        for (char& c : result) {
            c = static_cast<char>('a' + below(26));
        }
        return result;
    }

  private:
    std::uint64_t seed_;
    std::uint64_t state_;
};

}  // namespace strata::test
