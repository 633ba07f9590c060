// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace strata {

/// Milliseconds since 1970, for files and people; may jump.
[[nodiscard]] inline std::uint64_t now_ms() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
}

/// A clock that never jumps, for durations.
using SteadyClock = std::chrono::steady_clock;

[[nodiscard]] inline std::uint64_t microseconds_since(SteadyClock::time_point start) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - start).count());
}

}  // namespace strata
