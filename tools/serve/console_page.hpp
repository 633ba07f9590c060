// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The page at "/", made from console/console.html when the program is built.
namespace strata::tools {

[[nodiscard]] std::string_view console_page() noexcept;
/// Its Content-Security-Policy: nothing but its own script and style, and requests to its server.
[[nodiscard]] std::string_view console_policy() noexcept;

}  // namespace strata::tools
