// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

namespace strata {

/// A sequence that a read names, and what the store can still answer.
struct NamedSequence {
    Sequence at = 0;
    Sequence floor = 0;  ///< least sequence at which all versions are still there
    Sequence last = 0;   ///< of the last visible operation
    bool with_snapshot = false;
};

/// The one rule of all engines for reads at a sequence.
inline Status check_sequence(const NamedSequence& named) {
    if (named.with_snapshot) {
        return invalid_argument("a read has a snapshot or a sequence, not both");
    }
    if (named.at > named.last) {
        return invalid_argument("a read at sequence {}: the store has reached only {}", named.at,
                                named.last);
    }
    if (named.at < named.floor) {
        return make_error(ErrorCode::gap,
                          "a read at sequence {}: history before {} is no longer kept; sequences "
                          "{} to {} can be read",
                          named.at, named.floor, named.floor, named.last);
    }
    return {};
}

}  // namespace strata
