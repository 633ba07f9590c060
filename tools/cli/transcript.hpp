// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/session.hpp"

#include <strata/result.hpp>

#include <string>

/// --check: a recorded session as a test.
///
/// A line that begins with a prompt, "> " or "strata NAME[7]> ", is a command; the lines up to the
/// next prompt are what it prints, results and errors together; empty lines at their end do not
/// count. Lines before the first prompt, and those that begin with "#" right before a prompt after
/// an empty line, are comments.
namespace strata::tools {

/// Runs every command and prints where the output differs. 0, or 8 when it differs anywhere.
Result<int> check_transcript(Session& session, const std::string& path);

}  // namespace strata::tools
