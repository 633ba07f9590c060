// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/editor.hpp"
#include "cli/session.hpp"

#include <cstddef>
#include <string>

/// What could stand at a place of a command line: commands, options, words they take, files, and
/// keys of the store. Keys come from a bounded number of seeks, whatever the size of the store.
namespace strata::tools {

/// Most keys that are offered.
inline constexpr std::size_t completion_keys_max = 100;

[[nodiscard]] Completion complete_command(Session& session, const std::string& line,
                                          std::size_t cursor);

}  // namespace strata::tools
