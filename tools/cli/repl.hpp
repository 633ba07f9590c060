// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/session.hpp"

/// The interactive shell.
namespace strata::tools {

/// Reads commands from the terminal and runs them until Ctrl-D or .quit; the exit status. `init`:
/// run $XDG_CONFIG_HOME/strata/init first.
int run_repl(Session& session, bool init);

}  // namespace strata::tools
