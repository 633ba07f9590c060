// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dump/commands.hpp"
#include "leveldb/identify.hpp"

#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <string>
#include <vector>

/// The commands over files of LevelDB. They take the same options as those over our own tables and
/// print the same columns.
namespace strata::tools {

/// A file, or a whole database.
struct LevelPath {
    std::string path{};
    level::PathKind kind = level::PathKind::other;
};

/// What the paths of the command line are. Directories stay directories.
[[nodiscard]] std::vector<LevelPath> level_paths(const DumpContext& context);

/// The tables that the paths stand for; a directory stands for those in it. Logs and manifests are
/// refused with what reads them, and raise the status.
struct LevelTables {
    std::vector<std::string> paths{};
    int status = 0;
};
[[nodiscard]] LevelTables level_tables(const DumpContext& context);

/// Prints findings as errors; the exit status that belongs to them.
int report_level_findings(const DumpContext& context, const CheckReport& report);

int dump_leveldb_check(const DumpContext& context);
int dump_leveldb_find(const DumpContext& context);
int dump_leveldb_layout(const DumpContext& context);
int dump_leveldb_manifest(const DumpContext& context);
int dump_leveldb_props(const DumpContext& context);
int dump_leveldb_records(const DumpContext& context);

}  // namespace strata::tools
