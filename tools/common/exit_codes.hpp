// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <span>

/// The exit statuses of all programs.
namespace strata::tools {

inline constexpr int exit_done = 0;
inline constexpr int exit_negative = 1;      ///< key absent, differences found, predicate false
inline constexpr int exit_usage = 2;         ///< bad option, bad syntax
inline constexpr int exit_system = 3;        ///< I/O, permission, no space, missing store
inline constexpr int exit_busy = 4;          ///< the store has another owner
inline constexpr int exit_corrupt = 5;       ///< corruption found
inline constexpr int exit_conflict = 6;      ///< a condition of a write did not hold
inline constexpr int exit_refused = 7;       ///< read-only, history gone, unsupported version
inline constexpr int exit_verification = 8;  ///< an answer differs from the expected one
inline constexpr int exit_partial = 9;       ///< some records rejected or lost
inline constexpr int exit_timeout = 124;
inline constexpr int exit_interrupted = 130;

struct ExitCodeMeaning {
    int code = 0;
    const char* meaning = "";
};

/// Every status with its meaning, for help and manual.
[[nodiscard]] std::span<const ExitCodeMeaning> exit_code_meanings() noexcept;

[[nodiscard]] int exit_code_of(ErrorCode code) noexcept;

}  // namespace strata::tools
