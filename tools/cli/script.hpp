// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/session.hpp"

#include <strata/result.hpp>

#include <string>
#include <string_view>

/// Commands from files, pipes and -c.
namespace strata::tools {

/// Longest command with its continuation lines, in bytes.
inline constexpr std::size_t script_line_max = std::size_t{300} << 20;

/// Runs the commands of a descriptor until its end, .quit, Ctrl-C or, when the session bails, the
/// first failure. Errors are printed behind "NAME:LINE". Returns the exit status, as
/// Session::execute_all() says.
int run_script(Session& session, int descriptor, const std::string& name);

/// Runs a file; an error when it cannot be opened.
Result<int> run_script_file(Session& session, const std::string& path);

/// Runs the commands of a text.
int run_text(Session& session, std::string_view text);

}  // namespace strata::tools
