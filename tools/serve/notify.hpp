// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace strata::tools {

/// Tells the service manager behind NOTIFY_SOCKET a state, "READY=1" or "STOPPING=1"; nothing when
/// there is none. Nobody waits for an answer, so failure is silent.
void notify_manager(std::string_view state) noexcept;

}  // namespace strata::tools
