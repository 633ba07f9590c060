// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/options.hpp>

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

}  // namespace strata
