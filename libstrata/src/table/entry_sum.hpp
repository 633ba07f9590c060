// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"

#include <cstdint>
#include <string>

namespace strata {

/// The sum of all entries of a table, modulo 2^64, of hash64(encoded operation, sequence). It does
/// not depend on blocks, codecs or order, so it compares what went into a table with what comes
/// out of it.
class EntrySum {
  public:
    void add(const Entry& entry);
    [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }

  private:
    std::uint64_t sum_ = 0;
    std::string scratch_;  ///< the last operation, at the front of room for the largest so far
};

}  // namespace strata
