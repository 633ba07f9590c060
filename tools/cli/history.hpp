// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The lines that were typed before, kept in a file that only their owner can read. Shells that run
/// at once append to the same file. An entry of several lines is kept as one: its later lines begin
/// with a TAB in the file.
namespace strata::tools {

inline constexpr std::size_t history_entries_max = 10'000;

/// $STRATA_HISTORY, else $XDG_STATE_HOME/strata/history, else ~/.local/state/strata/history; empty
/// when STRATA_HISTORY is set and empty, which switches the file off.
[[nodiscard]] std::string history_path();

/// The last history_entries_max entries of a file, oldest first; none when it cannot be read.
[[nodiscard]] std::vector<std::string> load_history(const std::string& path);

/// Appends an entry, creating file and directories; a failure is ignored, since nothing depends on
/// it.
void append_history(const std::string& path, std::string_view entry);

}  // namespace strata::tools
