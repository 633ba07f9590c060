// SPDX-License-Identifier: Apache-2.0
#include "base/file_name.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/units.hpp"
#include "dump/commands.hpp"
#include "inspect/identify.hpp"
#include "inspect/store_files.hpp"
#include "io/file_contents.hpp"
#include "version/manifest_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

namespace strata::tools {
namespace {

/// The numbers of a store's live tables; unset without a manifest that can be read.
std::optional<std::set<std::uint64_t>> live_tables(FileSystem& files,
                                                   const std::string& directory) {
    const auto manifest = load_newest_manifest(files, directory);
    if (!manifest || !*manifest) {
        return std::nullopt;
    }
    return live_numbers(**manifest);
}

/// The tables of a directory in the order of their numbers: those of its manifest, else all.
Result<std::vector<std::string>> tables_in(const DumpContext& context,
                                           const std::string& directory) {
    std::vector<std::string> found;
    std::size_t others = 0;
    const auto names = STRATA_TRY(context.files.list(directory));
    const auto live = live_tables(context.files, directory);
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type != FileType::table) {
            continue;
        }
        if (!live || live->contains(parsed.number)) {
            found.push_back(join_path(directory, name));
        } else {
            ++others;
        }
    }
    if (others != 0) {
        context.diagnostics.note(
            fmt::format("{}: {} that the manifest does not name, being written or left over, {} "
                        "left out; name the file to see it",
                        directory, count_of(others, "table"), others == 1 ? "is" : "are"));
    }
    return found;
}

/// The tables at a path: those of a directory, or the path itself when it may be one. What can be
/// no table is refused with the program that reads it.
Result<std::vector<std::string>> tables_at(const DumpContext& context, const std::string& path) {
    const PathKind kind = STRATA_TRY(recognize(context.files, path));
    switch (kind) {
        case PathKind::missing:
            return fail(ErrorCode::not_found, "{}: no such file", path);
        case PathKind::directory:
            return tables_in(context, path);
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
            return usage_error(
                "{}: a {}, which records, find, props, layout, check and identify read", path,
                path_kind_name(kind));
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
        const auto found = tables_at(context, file);
        if (!found) {
            tables.status = std::max(tables.status, context.diagnostics.error(found.error()));
            continue;
        }
        tables.paths.insert(tables.paths.end(), found->begin(), found->end());
    }
    return tables;
}

int report_table_error(const DumpContext& context, const std::string& path, const Error& error) {
    if (error.code == ErrorCode::not_found && !std::ranges::count(context.options.files, path)) {
        const auto live = live_tables(context.files, parent_directory(path));
        if (live && !live->contains(parse_file_name(base_name(path)).number)) {
            context.diagnostics.note(path + ": a compaction has replaced it meanwhile");
            return exit_done;
        }
    }
    return context.diagnostics.error(error);
}

}  // namespace strata::tools
