// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace strata::tools {

/// "2026-11-20 12:00:00 UTC" for milliseconds since 1970; times of a store are those of its clock.
[[nodiscard]] std::string date_text(std::uint64_t ms);

}  // namespace strata::tools
