// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"

namespace strata::tools {

/// The last step of a program that ignores SIGPIPE: flushes standard output and returns the exit
/// status, which is `status` unless the output could not be written. A reader that has gone is no
/// error: the program ends as the signal would have ended it.
[[nodiscard]] int end_program(Output& output, Diagnostics& diagnostics, int status);

}  // namespace strata::tools
