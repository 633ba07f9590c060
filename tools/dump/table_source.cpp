// SPDX-License-Identifier: Apache-2.0
#include "dump/table_source.hpp"

#include "base/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

Result<int> show_one(const DumpContext& context, const std::string& path, const ShowTable& show) {
    const TableParts table = STRATA_TRY(TableParts::open(context.files, path));
    const auto shown = show(table);
    const int found = report_findings(context, table.findings());
    return std::max(found, shown ? *shown : context.diagnostics.error(shown.error()));
}

}  // namespace

int report_findings(const DumpContext& context, const std::vector<Finding>& findings) {
    int worst = exit_done;
    // Results stand in front of what is wrong with them.
    context.output.flush();
    for (const Finding& finding : findings) {
        worst = std::max(worst, context.diagnostics.error(corruption_at(
                                    finding.file, finding.offset, "{}", finding.message)));
    }
    return worst;
}

int for_each_table(const DumpContext& context, const ShowTable& show, Between between) {
    const auto [paths, refused] = table_paths(context);
    int worst = refused;
    bool first = true;
    for (const std::string& path : paths) {
        if (interrupted() || context.output.failed()) {
            break;
        }
        if (!first && between == Between::empty_line &&
            context.options.style.format == OutputFormat::table) {
            context.output.write("\n");
        }
        first = false;
        const auto status = show_one(context, path, show);
        context.output.flush();
        worst =
            std::max(worst, status ? *status : report_table_error(context, path, status.error()));
    }
    return interrupted() ? interrupt_status() : worst;
}

void print_rows(const DumpContext& context, const TableParts& table, Sheet sheet) {
    if (context.options.style.format != OutputFormat::table) {
        sheet.columns.insert(sheet.columns.begin(), "file");
        for (auto& row : sheet.rows) {
            row.insert(row.begin(), Cell{table.path()});
        }
    }
    print_sheet(context.output, context.options.style, sheet);
}

}  // namespace strata::tools
