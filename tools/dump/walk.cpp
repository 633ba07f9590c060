// SPDX-License-Identifier: Apache-2.0
#include "dump/walk.hpp"

#include "common/interrupt.hpp"

namespace strata::tools {

Status walk_entries(PartsCursor& cursor, const VisibleBounds& bounds,
                    const std::function<void(const Entry&)>& take) {
    if (bounds.empty()) {
        return {};
    }
    bool more = STRATA_TRY(cursor.seek(bounds.lower, sequence_max));
    while (more && (!bounds.upper || cursor.entry().key < *bounds.upper) && !interrupted()) {
        take(cursor.entry());
        more = STRATA_TRY(cursor.next());
    }
    return {};
}

}  // namespace strata::tools
