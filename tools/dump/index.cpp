// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "dump/table_source.hpp"

#include <utility>

namespace strata::tools {
namespace {

Result<int> show_index(const DumpContext& context, const TableParts& table) {
    if (!table.has_index()) {
        return exit_done;  // its findings say why
    }
    Sheet sheet{.columns = {"block", "offset", "size", "separator"}};
    for (std::uint32_t i = 0; i < table.blocks(); ++i) {
        std::vector<Cell> row{std::uint64_t{i}};
        row.resize(3);
        if (table.handle(i)) {
            row[1] = table.handle(i)->offset;
            row[2] = std::uint64_t{table.handle(i)->size};
        }
        row.emplace_back(KeyCell{table.index().key(i)});
        sheet.rows.push_back(std::move(row));
    }
    print_rows(context, table, std::move(sheet));
    return exit_done;
}

}  // namespace

int dump_index(const DumpContext& context) {
    return for_each_table(
        context, [&context](const TableParts& table) { return show_index(context, table); });
}

}  // namespace strata::tools
