// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/leveldb.hpp"
#include "leveldb/check_database.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

Status check_one(const DumpContext& context, const LevelPath& path, CheckReport& report) {
    switch (path.kind) {
        case level::PathKind::database:
            return level::check_database(context.files, path.path, report);
        case level::PathKind::log:
            return level::check_log(context.files, path.path, report);
        case level::PathKind::manifest:
            return level::check_manifest(context.files, path.path, report);
        case level::PathKind::table:
        case level::PathKind::other: {
            const level::KeyOrder order = level::order_beside(context.files, path.path);
            auto counts = level::check_table(context.files, path.path, order, report);
            return counts ? Status{} : Status{counts.take_error()};
        }
    }
    return {};
}

}  // namespace

int dump_leveldb_check(const DumpContext& context) {
    int worst = exit_done;
    CheckReport report;
    for (const LevelPath& path : level_paths(context)) {
        const Status status = check_one(context, path, report);
        if (!status) {
            worst = std::max(worst, context.diagnostics.error(status.error()));
        }
    }
    if (!report.findings.empty()) {
        Sheet sheet{.columns = {"file", "offset", "finding"}};
        for (const Finding& finding : report.findings) {
            sheet.rows.push_back({finding.file, finding.offset, finding.message});
        }
        print_sheet(context.output, context.options.style, sheet);
        context.output.flush();
    }
    for (const std::string& note : report.notes) {
        context.diagnostics.note(note);
    }
    context.diagnostics.note(fmt::format(
        "{}, {}, {}, {}: {}", count_of(report.files, "file"), count_of(report.blocks, "block"),
        count_of(report.entries, "record"), size_text(report.bytes),
        report.findings.empty() ? "no damage" : count_of(report.findings.size(), "finding")));
    return report.findings.empty() ? worst : std::max(worst, exit_corrupt);
}

}  // namespace strata::tools
