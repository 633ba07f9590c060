// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/identify.hpp"
#include "wal_dump/selection.hpp"
#include "wal_dump/verdicts.hpp"
#include "wal_dump/view.hpp"

#include <strata/result.hpp>

#include <string>
#include <vector>

/// Logs and manifests of LevelDB: records, batches, commands, counts and verdicts, as of our own.
namespace strata::tools {

/// Reads the files, in order; a database stands for its logs. What is wrong with a file goes to
/// `verdicts`. An error when an option asks for what such a log does not hold.
Status dump_leveldb_logs(const ViewContext& context, const std::vector<std::string>& paths,
                         Verdicts& verdicts);

}  // namespace strata::tools
