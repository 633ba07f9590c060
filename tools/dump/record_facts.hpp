// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record.hpp"
#include "entry/entry.hpp"

namespace strata::tools {

/// The type that programs print for a kind.
[[nodiscard]] inline RecordType record_type_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::put:
        case Kind::put_expiring:
        case Kind::blob:
            return RecordType::put;
        case Kind::del:
            return RecordType::del;
        case Kind::range_del:
            return RecordType::rangedel;
        case Kind::merge:
            return RecordType::merge;
    }
    return RecordType::put;
}

}  // namespace strata::tools
