// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Checks of our own promises. They stay on in release builds: a store that goes on after its
/// own logic failed loses data. Costly ones use STRATA_DEBUG_ASSERT, which sanitizer and debug
/// builds check.

#define STRATA_ASSERT(condition)                                        \
    do {                                                                \
        if (!(condition)) [[unlikely]] {                                \
            ::strata::assertion_failed(#condition, __FILE__, __LINE__); \
        }                                                               \
    } while (false)

#ifdef STRATA_DEBUG_CHECKS
#define STRATA_DEBUG_ASSERT(condition) STRATA_ASSERT(condition)
#else
#define STRATA_DEBUG_ASSERT(condition) static_cast<void>(0)
#endif

namespace strata {

/// Prints the condition and its place on stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace strata
