// SPDX-License-Identifier: Apache-2.0
#include "base/file_name.hpp"
#include "common/error.hpp"
#include "dump/commands.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

/// The tables of a directory in the order of their numbers, or the file itself.
Result<std::vector<std::string>> tables_at(FileSystem& files, const std::string& path) {
    const auto status = STRATA_TRY(files.status(path));
    if (!status) {
        return fail(ErrorCode::not_found, "{}: no such file", path);
    }
    if (status->kind != FileKind::directory) {
        return std::vector<std::string>{path};
    }
    std::vector<std::string> found;
    const auto names = STRATA_TRY(files.list(path));
    for (const std::string& name : names) {
        if (parse_file_name(name).type == FileType::table) {
            found.push_back(path + "/" + name);
        }
    }
    return found;
}

/// Files that are something else by their name; the error says which program reads them.
Status refuse_other_kinds(const std::string& path) {
    const FileType type = parse_file_name(path.substr(path.rfind('/') + 1)).type;
    if (type == FileType::wal) {
        return usage_error("{}: a WAL segment, which strata-wal-dump reads", path);
    }
    if (type == FileType::manifest || type == FileType::manifest_temporary ||
        type == FileType::lock) {
        return usage_error("{}: not a table; tables are called N.sst", path);
    }
    return {};
}

}  // namespace

TablePaths table_paths(const DumpContext& context) {
    TablePaths tables;
    for (const std::string& file : context.options.files) {
        const Status right = refuse_other_kinds(file);
        if (!right) {
            tables.status = std::max(tables.status, context.diagnostics.error(right.error()));
            continue;
        }
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
