// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "wal_dump/options.hpp"
#include "wal_dump/verdicts.hpp"

#include <strata/file_system.hpp>

/// strata-wal-dump behind its options.
namespace strata::tools {

/// Says who holds the lock of a directory on this machine.
[[nodiscard]] std::optional<std::string> local_owner(const std::string& directory);

/// Reads every file that the options name; the exit status. `owner_of` belongs to `files`.
int run_wal_dump(const WalDumpOptions& options, FileSystem& files, Output& output,
                 Diagnostics& diagnostics, const OwnerOf& owner_of = local_owner);

}  // namespace strata::tools
