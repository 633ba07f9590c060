// SPDX-License-Identifier: Apache-2.0
#include "base/file_name.hpp"
#include "common/error.hpp"
#include "dump/commands.hpp"
#include "inspect/identify.hpp"
#include "io/file_contents.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

/// The tables of a directory in the order of their numbers.
Result<std::vector<std::string>> tables_in(FileSystem& files, const std::string& directory) {
    std::vector<std::string> found;
    const auto names = STRATA_TRY(files.list(directory));
    for (const std::string& name : names) {
        if (parse_file_name(name).type == FileType::table) {
            found.push_back(join_path(directory, name));
        }
    }
    return found;
}

/// The tables at a path: those of a directory, or the path itself when it may be one. What can be
/// no table is refused with the program that reads it.
Result<std::vector<std::string>> tables_at(FileSystem& files, const std::string& path) {
    const PathKind kind = STRATA_TRY(recognize(files, path));
    switch (kind) {
        case PathKind::missing:
            return fail(ErrorCode::not_found, "{}: no such file", path);
        case PathKind::directory:
            return tables_in(files, path);
        case PathKind::special:
            return fail(ErrorCode::io, "{}: not a regular file, so it is not read", path);
        case PathKind::segment:
            return usage_error("{}: a WAL segment, which strata-wal-dump reads", path);
        case PathKind::manifest:
            return usage_error("{}: a manifest, no table; \"strata-dump identify\" describes it",
                               path);
        case PathKind::lock:
            return usage_error("{}: a lock file, no table; \"strata-dump identify\" describes it",
                               path);
        case PathKind::leveldb_table:
        case PathKind::rocksdb_table:
        case PathKind::sqlite:
            return usage_error("{}: a {}, no table of strata", path, path_kind_name(kind));
        case PathKind::table:
        case PathKind::empty:
        case PathKind::zeros:
        case PathKind::unknown:
            break;
    }
    return std::vector<std::string>{path};
}

}  // namespace

TablePaths table_paths(const DumpContext& context) {
    TablePaths tables;
    for (const std::string& file : context.options.files) {
        const auto found = tables_at(context.files, file);
        if (!found) {
            tables.status = std::max(tables.status, context.diagnostics.error(found.error()));
            continue;
        }
        tables.paths.insert(tables.paths.end(), found->begin(), found->end());
    }
    return tables;
}

}  // namespace strata::tools
