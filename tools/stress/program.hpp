// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "stress/options.hpp"

/// strata-stress behind its options.
namespace strata::tools {

/// Runs the mode; the exit status.
int run_stress(const StressOptions& options, Output& output, Diagnostics& diagnostics);

}  // namespace strata::tools
