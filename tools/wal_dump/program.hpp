// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "wal_dump/options.hpp"

#include <strata/file_system.hpp>

/// strata-wal-dump behind its options.
namespace strata::tools {

/// Reads every file that the options name; the exit status.
int run_wal_dump(const WalDumpOptions& options, FileSystem& files, Output& output,
                 Diagnostics& diagnostics);

}  // namespace strata::tools
