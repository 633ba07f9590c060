// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "dump/options.hpp"

#include <strata/file_system.hpp>

/// strata-dump behind its options.
namespace strata::tools {

/// Runs the command; the exit status.
int run_dump(const DumpOptions& options, FileSystem& files, Output& output,
             Diagnostics& diagnostics);

}  // namespace strata::tools
