// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/units.hpp"
#include "dump/leveldb.hpp"
#include "dump/table_source.hpp"
#include "io/file_contents.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

void add_directory(const DumpContext& context, const std::string& directory, LevelTables& tables) {
    const auto found = level::tables_in(context.files, directory);
    if (!found) {
        tables.status = std::max(tables.status, context.diagnostics.error(found.error()));
        return;
    }
    if (found->problem) {
        tables.status = std::max(tables.status, context.diagnostics.error(*found->problem));
    }
    if (!found->unnamed.empty()) {
        context.diagnostics.note(
            fmt::format("{}: {} that the manifest does not name left out: {}{}", directory,
                        count_of(found->unnamed.size(), "table"), base_name(found->unnamed.front()),
                        found->unnamed.size() == 1 ? "" : ", ..."));
    }
    tables.paths.insert(tables.paths.end(), found->paths.begin(), found->paths.end());
}

}  // namespace

std::vector<LevelPath> level_paths(const DumpContext& context) {
    std::vector<LevelPath> paths;
    for (const std::string& path : context.options.files) {
        const auto kind = level::recognize(context.files, path);
        paths.push_back({path, kind ? *kind : level::PathKind::other});
    }
    return paths;
}

LevelTables level_tables(const DumpContext& context) {
    LevelTables tables;
    const auto refuse = [&tables, &context](const Error& error) {
        tables.status = std::max(tables.status, context.diagnostics.error(error));
    };
    for (const LevelPath& path : level_paths(context)) {
        switch (path.kind) {
            case level::PathKind::table:
                tables.paths.push_back(path.path);
                break;
            case level::PathKind::database:
                add_directory(context, path.path, tables);
                break;
            case level::PathKind::log:
                refuse(usage_error("{}: a LevelDB log, which strata-wal-dump reads", path.path));
                break;
            case level::PathKind::manifest:
                refuse(
                    usage_error("{}: a LevelDB manifest, no table; \"strata-dump check\" and "
                                "\"strata-dump identify\" read it",
                                path.path));
                break;
            case level::PathKind::other:
                refuse(fail(ErrorCode::not_found, "{}: no file of LevelDB any more", path.path));
                break;
        }
    }
    return tables;
}

int report_level_findings(const DumpContext& context, const CheckReport& report) {
    for (const std::string& note : report.notes) {
        context.diagnostics.note(note);
    }
    return report_findings(context, report.findings);
}

}  // namespace strata::tools
