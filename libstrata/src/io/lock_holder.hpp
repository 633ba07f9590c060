// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace strata {

/// Who holds a lock file, in words: "pid 12 (app) on here, since 2024-05-01T12:00:00", as
/// far as its text and the kernel's list of locks say; empty when nobody does, or when that cannot
/// be told (another host, another pid namespace). Neither locks nor writes: trying the lock would
/// make an owner that opens at this moment fail.
[[nodiscard]] std::optional<std::string> lock_holder(const std::string& path);

}  // namespace strata
