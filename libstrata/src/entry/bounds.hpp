// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"

#include <strata/bytes.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>

#include <optional>
#include <string>

namespace strata {

/// The keys of a walk, lower <= key < upper, and its direction.
struct VisibleBounds {
    std::string lower{};                 ///< inclusive; empty: none, since no key is empty
    std::optional<std::string> upper{};  ///< exclusive; unset: none
    bool reverse = false;

    /// True when no key can be inside.
    [[nodiscard]] bool empty() const noexcept { return upper && *upper <= lower; }
};

/// The least string above every string that begins with `prefix`; unset when there is none, that
/// is for the empty prefix and for runs of ff.
[[nodiscard]] std::optional<std::string> prefix_end(Bytes prefix);

/// The keys that `options` asks for, exactly. `after` cuts the side where the walk starts: keys
/// above it forward, below it in reverse.
[[nodiscard]] VisibleBounds visible_bounds(const ScanOptions& options);

/// Puts a cursor where a walk at the sequence begins; false when nothing can be inside. Forward it
/// then stands at or before the first version of the walk, and may be beyond the bounds; in reverse
/// on the last entry below the upper bound.
Result<bool> seek_start(Cursor& entries, const VisibleBounds& bounds, Sequence at);
/// The same for a walk that goes on with the first key that is not before `key` (forward: at or
/// above it, reverse: at or below it). `buffer` takes a copy, since `key` may be borrowed from the
/// entry that the cursor leaves.
Result<bool> seek_from(Cursor& entries, const VisibleBounds& bounds, Bytes key, Sequence at,
                       std::string& buffer);

}  // namespace strata
