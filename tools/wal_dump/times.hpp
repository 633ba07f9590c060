// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Moments, in milliseconds since 1970.
namespace strata::tools {

/// "2026-05-01", "2026-05-01T12:30:00", with a fraction and with "Z" or "+02:00" (UTC without), or
/// a duration that reaches back from `now`: "10m".
Result<std::uint64_t> parse_time(std::string_view text, std::uint64_t now);

/// "2026-05-01T12:30:00.250Z".
[[nodiscard]] std::string time_text(std::uint64_t ms);

}  // namespace strata::tools
