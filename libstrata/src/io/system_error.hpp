// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <string>

/// Errors of system calls, and of the file systems that stand in for them.
namespace strata {

/// "PATH: CALL: text of errno". ENOENT and ENOTDIR are not_found, ENOSPC and EDQUOT no_space, all
/// else io.
[[nodiscard]] Error system_error(const std::string& path, const char* call, int number);

}  // namespace strata
