// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/store_core.hpp"

#include <cstddef>

namespace strata {

/// Back-pressure without cliffs: as flushing and merging fall behind, each group of writes waits a
/// little longer, at most 10 ms, and stops only when all memtables are full, for one flush. Called
/// by the holder of the LOG role. The idea is SILK's and Pebble's: delay early and smoothly.
class Pacer {
  public:
    explicit Pacer(StoreCore& core) : core_{core} {}

    /// Waits before a group of `bytes` is appended; `seals`: it needs a new memtable. An error
    /// when the store is closing or latched, or when it would wait for a flush that has no space.
    Status wait(std::size_t bytes, bool seals);

    /// What a group of `bytes` would wait for now.
    struct Prospect {
        bool stops = false;  ///< all memtables are full: until a flush is done
        std::size_t sealed = 0;
        double debt = 0;  ///< of flushing or merging: 0 none, 1 as much as may be
        const char* cause = "none";
        double delay_us = 0;
    };
    [[nodiscard]] Prospect prospect(std::size_t bytes, bool seals) const;

    /// Sealed memtables that may wait for their flush at once.
    static constexpr std::size_t sealed_max = 3;

  private:
    struct Debt {
        double amount = 0;  // 0: none, 1: as much as may be
        const char* cause = "none";
    };
    [[nodiscard]] Debt debt() const;
    [[nodiscard]] static double delay_of(const Debt& debt, std::size_t bytes);
    void delay(std::size_t bytes);

    StoreCore& core_;
    double owed_us_ = 0;
    std::size_t until_next_look_ = 0;
};

}  // namespace strata
