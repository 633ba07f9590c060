// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace strata::level {

/// The process that holds the lock of a database, if another one does. The lock is asked about, not
/// taken, so nobody is in the way of LevelDB.
[[nodiscard]] std::optional<std::uint64_t> database_owner(const std::string& directory);

}  // namespace strata::level
