// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "serve/options.hpp"

/// strata-serve behind its options.
namespace strata::tools {

/// Serves until a signal ends it; the exit status.
int run_serve(const ServeOptions& options, Output& output, Diagnostics& diagnostics);

}  // namespace strata::tools
