// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Numbers for workloads: the same with every compiler and library, which <random> does not
/// promise.
namespace strata::tools {

/// Mixes all bits of a number into all bits of the result; a bijection (the finalizer of
/// SplitMix64).
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
}

/// floor(bits * bound / 2^64): spreads the numbers of 64 bits over [0, bound), without a division.
[[nodiscard]] constexpr std::uint64_t scale_bits(std::uint64_t bits, std::uint64_t bound) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{bits} * bound) >> 64U);
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Random {
  public:
    explicit constexpr Random(std::uint64_t seed) noexcept : state_{seed} {}

    constexpr std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        return mix_bits(state_);
    }

    /// In [0, bound). Its bias is bound / 2^64.
    constexpr std::uint64_t below(std::uint64_t bound) noexcept {
        return scale_bits(next(), bound);
    }

    /// In [0, 1), all 53 bits of it.
    constexpr double unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1p-53; }

  private:
    std::uint64_t state_;
};

}  // namespace strata::tools
