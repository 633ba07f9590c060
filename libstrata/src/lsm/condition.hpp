// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/batch.hpp>

#include <optional>
#include <variant>

namespace strata {

/// Whether a condition holds of the newest version of its key: its sequence, and its value, which
/// is empty when the key is absent.
[[nodiscard]] inline bool condition_holds(const Condition::Test& test, Sequence sequence,
                                          const std::optional<Bytes>& value) {
    if (std::holds_alternative<Condition::Absent>(test)) {
        return !value;
    }
    if (!value) {
        return false;
    }
    if (const auto* at = std::get_if<Condition::AtSequence>(&test)) {
        return at->sequence == sequence;
    }
    const auto* has = std::get_if<Condition::HasValue>(&test);
    return has == nullptr || *value == has->value;
}

}  // namespace strata
