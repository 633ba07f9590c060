// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/verify_shrink.hpp"

#include <cstdint>

namespace strata::tools {

/// What a store does wrong, each where it would be met now and then.
enum class Wrong : std::uint8_t {
    nothing,
    forgets_delete,      ///< a delete that is the last operation of a batch has no effect
    stale_value,         ///< a get of one key after a flush returns its first value
    misordered_scan,     ///< a scan in reverse gives the third record before the second
    loses_batch_tail,    ///< the last operation of a batch of five or more has no effect
    reopens_older,       ///< what was written since the last flush is gone after opening again
    moving_snapshot,     ///< a read in a snapshot sees the present
    ignores_conditions,  ///< batches are written whatever their conditions say
    returns_late_error,  ///< a scan ends in an error after ten records
};

/// Makes stores in memory behind something that goes wrong.
[[nodiscard]] StoreMaker faulty_stores(Wrong wrong);

}  // namespace strata::tools
