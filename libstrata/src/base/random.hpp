// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace strata {

/// 64 bits that nobody can guess or repeat, from the operating system: salts and identities.
/// Ends the process when the system has none to give, since a repeated salt would let stale bytes
/// verify.
[[nodiscard]] std::uint64_t random_u64();

}  // namespace strata
