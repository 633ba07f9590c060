// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstdint>
#include <string>

namespace strata {

/// What this process writes into the LOCK file of a store it owns, one `name=value` a line:
/// pid, start (field 22 of the process's stat, which tells two processes of one number apart),
/// program, since (local time of the call), host, control (empty). For people only: the lock is
/// the truth, the text just names the owner.
[[nodiscard]] std::string owner_text();

/// The same text taken apart. Anybody may have written it: what is missing or malformed is 0 or
/// empty, and only printable ASCII is kept.
struct Owner {
    std::uint64_t process = 0;
    std::string start{};
    std::string program{};
    std::string since{};
    std::string host{};
};
[[nodiscard]] Owner parse_owner(Bytes text);

/// Whether the process that wrote the text still runs. It may have given the lock up: the text
/// stays until the next owner replaces it.
enum class OwnerState : std::uint8_t {
    running,
    ended,
    elsewhere,  ///< on another host, so this one cannot tell
};
[[nodiscard]] OwnerState owner_state(const Owner& owner);

}  // namespace strata
