// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/database.hpp"
#include "leveldb/verify.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <string>

namespace strata::level {

/// Verifies a log: every fragment and every batch, and that sequences ascend. A torn tail is a
/// note. An error only when the file cannot be read.
Status check_log(FileSystem& files, const std::string& path, CheckReport& report);

/// Verifies a manifest: every fragment and every edit. A torn tail is a note.
Status check_manifest(FileSystem& files, const std::string& path, CheckReport& report);

/// Verifies a database: CURRENT, manifest, every table that it names, with size and bounds, the
/// order of the tables of a level, and the logs. An error only when something cannot be read at
/// all; corruption when there is no manifest to start from.
Status check_database(FileSystem& files, const std::string& directory, CheckReport& report);

}  // namespace strata::level
