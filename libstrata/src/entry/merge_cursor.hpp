// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"

#include <memory>
#include <vector>

namespace strata {

/// One cursor over the entries of all inputs, in entry order, both ways; the direction may change
/// at any entry. A single input is returned as it is, no input gives a cursor over nothing.
///
/// Invariant: no two inputs hold the same version, that is the same key and sequence. Inputs are
/// given newest first by convention; the order of the result does not depend on it.
///
/// After an error the cursor stands nowhere; a seek starts again.
[[nodiscard]] std::unique_ptr<Cursor> merge_cursors(std::vector<std::unique_ptr<Cursor>> inputs);

}  // namespace strata
