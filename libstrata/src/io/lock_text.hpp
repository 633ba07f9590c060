// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <string>

/// What a lock file says of its owner, for the message of `busy`.
namespace strata {

/// Bytes of a lock file that are read to name its owner. The file is text for people that anyone
/// may have written, so it is cut here and cleaned before it is shown.
inline constexpr std::size_t lock_text_size_max = 256;

/// `busy` for a lock that is held: "PATH: locked by HOLDER: LINES", the lines of the file joined
/// by spaces, printable ASCII only, at most lock_text_size_max bytes. The text of the last owner
/// stays in the file until the next one replaces it, so it is a hint.
[[nodiscard]] Error lock_busy(const std::string& path, const char* holder, Bytes text);

}  // namespace strata
