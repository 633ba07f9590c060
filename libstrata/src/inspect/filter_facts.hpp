// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/filter.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <vector>

/// What a filter is made of and how good it is. Every function takes the bytes of a filter block
/// that FilterView::parse() accepts.
namespace strata {

/// How many bits are set, over all lines and in the extreme ones.
struct FilterFill {
    std::uint64_t bits_set = 0;
    std::uint32_t fullest = 0;   ///< bits set in the fullest line, of 512
    std::uint32_t emptiest = 0;  ///< bits set in the emptiest line
    /// Chance that an absent key meets only bits that are set, as the bits are.
    double false_positives = 0;
};
[[nodiscard]] FilterFill fill_of_filter(Bytes block);

/// The rate of false positives that a blocked filter of this shape has on average: the keys of a
/// line are distributed after Poisson, and a line of i keys has each bit set with the chance
/// 1 - (1 - 1/512)^(i * probes) (Putze, Sanders, Singler 2007, section 3).
[[nodiscard]] double theoretical_rate(const FilterView& filter);

/// The bits that a key is looked up with.
struct FilterProbe {
    std::uint64_t hash = 0;
    std::uint64_t line = 0;
    struct Bit {
        std::uint32_t number = 0;  ///< in the line, 0 to 511
        bool set = false;
    };
    std::vector<Bit> bits{};  ///< in the order of probing, repetitions included
    bool maybe = false;       ///< all of them are set
};
[[nodiscard]] FilterProbe probe_filter(Bytes block, Bytes key);

}  // namespace strata
