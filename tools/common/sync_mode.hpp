// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <string>
#include <string_view>

/// When writes are durable, in the words of --sync.
namespace strata::tools {

/// "sync", "none" or "interval:MS".
Result<SyncMode> parse_sync_mode(std::string_view text);
[[nodiscard]] std::string sync_mode_text(const SyncMode& mode);

}  // namespace strata::tools
