// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <string>

namespace strata {

/// A finding of a check from an error, whose message "PATH: at OFFSET: WHAT" is taken apart again;
/// one of another form becomes a finding about `path` as a whole.
[[nodiscard]] Finding finding_of(const std::string& path, const Error& error);

/// The same without knowing the path: that of the message, when it begins with a path and an
/// offset, else `fallback`.
[[nodiscard]] Finding finding_anywhere(const std::string& fallback, const Error& error);

}  // namespace strata
