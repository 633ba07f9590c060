// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/random.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace strata::tools {

/// Choices that tests make with random numbers.
class Dice : public Random {
  public:
    using Random::Random;

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
    /// Letters a to z.
    std::string letters(std::size_t size) {
        std::string result(size, 'a');
        for (char& c : result) {
            c = static_cast<char>('a' + below(26));
        }
        return result;
    }
};

/// A seed for one part of a run, such as a thread of a round: parts of one seed, and equal parts of
/// seeds that follow each other, have nothing in common.
[[nodiscard]] constexpr std::uint64_t part_seed(std::uint64_t seed, std::uint64_t part) noexcept {
    return mix_bits(mix_bits(seed + 1) + part);
}

}  // namespace strata::tools
