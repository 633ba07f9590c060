// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_check.hpp"

#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/commands.hpp"

#include <fmt/format.h>
#include <strata/stats.hpp>

#include <algorithm>

namespace strata::tools {
namespace {

Sheet sheet_of(const CheckReport& report) {
    Sheet sheet{.columns = {"file", "offset", "finding"}};
    for (const Finding& finding : report.findings) {
        sheet.rows.push_back({finding.file, finding.offset, finding.message});
    }
    return sheet;
}

}  // namespace

int dump_check(const DumpContext& context) {
    const auto [paths, refused] = table_paths(context);
    int worst = refused;
    CheckReport report;
    for (const std::string& path : paths) {
        const Status status =
            check_table(context.files, path, CheckOptions{.full = !context.options.fast}, report);
        if (!status) {
            worst = std::max(worst, report_table_error(context, path, status.error()));
        }
    }
    if (!report.findings.empty()) {
        print_sheet(context.output, context.options.style, sheet_of(report));
        context.output.flush();
    }
    context.diagnostics.note(fmt::format(
        "{}, {}, {}, {}: {}", count_of(report.files, "file"), count_of(report.blocks, "block"),
        count_of(report.entries, "record"), size_text(report.bytes),
        report.findings.empty() ? "no damage" : count_of(report.findings.size(), "finding")));
    return report.findings.empty() ? worst : std::max(worst, exit_corrupt);
}

}  // namespace strata::tools
