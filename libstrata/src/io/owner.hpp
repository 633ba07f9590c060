// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace strata {

/// What this process writes into the LOCK file of a store it owns, one `name=value` a line:
/// pid, start (field 22 of the process's stat, which tells two processes of one number apart),
/// program, since (local time of the call), host, control (empty). For people only: the lock is
/// the truth, the text just names the owner.
[[nodiscard]] std::string owner_text();

}  // namespace strata
