// SPDX-License-Identifier: Apache-2.0
#include "dump/program.hpp"

#include "base/file_name.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "dump/commands.hpp"

#include <fmt/format.h>
#include <strata/store.hpp>

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

int run_dump(const DumpOptions& options, FileSystem& files, Output& output,
             Diagnostics& diagnostics) {
    if (options.help) {
        output.write(dump_help());
        return exit_done;
    }
    if (options.version) {
        output.write(fmt::format("strata-dump {}\n", version()));
        return exit_done;
    }
    int worst = exit_done;
    std::vector<std::string> paths;
    for (const std::string& file : options.files) {
        const Status right = refuse_other_kinds(file);
        if (!right) {
            return diagnostics.error(right.error());
        }
        const auto found = tables_at(files, file);
        if (!found) {
            worst = std::max(worst, diagnostics.error(found.error()));
            continue;
        }
        paths.insert(paths.end(), found->begin(), found->end());
    }
    const DumpContext context{options, files, output, diagnostics};
    switch (options.command) {
        case DumpCommand::records:
            return std::max(worst, dump_records(context, paths));
        case DumpCommand::props:
            return std::max(worst, dump_props(context, paths));
        case DumpCommand::check:
            return std::max(worst, dump_check(context, paths));
    }
    return worst;
}

}  // namespace strata::tools
