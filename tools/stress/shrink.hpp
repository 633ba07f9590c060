// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace strata::tools {

/// Says whether what is left of a list, the elements with these indices in ascending order, still
/// fails.
using StillFails = std::function<bool(const std::vector<std::size_t>& indices)>;

struct ShrinkReport {
    std::vector<std::size_t> indices{};  ///< of a part that fails
    std::uint64_t tries = 0;
    bool minimal = false;  ///< no element can be left out alone; else the tries ran out
};

/// Leaves out of a failing list of `size` elements whatever it fails without: halves, then smaller
/// and smaller pieces, until no single element can go or `tries_max` parts were tried (Zeller,
/// Hildebrandt: Simplifying and isolating failure-inducing input, 2002, of which the complements
/// suffice where the end of the list is what fails).
[[nodiscard]] ShrinkReport shrink(std::size_t size, const StillFails& fails,
                                  std::uint64_t tries_max);

}  // namespace strata::tools
