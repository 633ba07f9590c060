// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dump/commands.hpp"
#include "entry/bounds.hpp"
#include "inspect/parts_cursor.hpp"

#include <functional>

namespace strata::tools {

/// Calls `take` for every entry of the table within the bounds, in order, until the program is
/// interrupted. Damage is among the cursor's findings.
Status walk_entries(PartsCursor& cursor, const VisibleBounds& bounds,
                    const std::function<void(const Entry&)>& take);

}  // namespace strata::tools
