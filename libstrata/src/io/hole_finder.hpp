// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace strata {

/// What some files can tell besides File: where they were never written. Readers that pass over
/// zeros ask for it, since a sparse file of gigabytes must not cost a read of gigabytes.
class HoleFinder {
  public:
    HoleFinder() = default;
    HoleFinder(const HoleFinder&) = delete;
    HoleFinder& operator=(const HoleFinder&) = delete;
    virtual ~HoleFinder() = default;

    /// The first offset, at `offset` or behind it, that may hold anything but zeros; the greatest
    /// number when all the rest is zeros. `offset` itself when that cannot be told.
    [[nodiscard]] virtual std::uint64_t next_data(std::uint64_t offset) noexcept = 0;
};

}  // namespace strata
