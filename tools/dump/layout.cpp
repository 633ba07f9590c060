// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_layout.hpp"

#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/layout_map.hpp"
#include "dump/table_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace strata::tools {
namespace {

constexpr std::size_t usual_width = 80;

/// The parts of one kind together.
struct KindTotal {
    PartKind kind = PartKind::data;
    std::uint64_t first = 0;  ///< offset of the first
    std::uint64_t size = 0;
    std::uint64_t count = 0;
    std::uint64_t damaged = 0;
};

std::vector<KindTotal> totals_of(const TableLayout& layout) {
    std::vector<KindTotal> totals;
    for (const TablePart& part : layout.parts) {
        auto total = std::ranges::find(totals, part.kind, &KindTotal::kind);
        if (total == totals.end()) {
            totals.push_back({.kind = part.kind, .first = part.offset});
            total = std::prev(totals.end());
        }
        total->size += part.size;
        total->count += 1;
        total->damaged += part.damaged ? 1 : 0;
    }
    return totals;
}

std::string share_text(std::uint64_t size, std::uint64_t whole) {
    const double share = static_cast<double>(size) / static_cast<double>(whole == 0 ? 1 : whole);
    return fmt::format("{:6.2f}%", 100 * share);
}

/// Rows of machines: the sum is theirs to make.
Sheet totals_sheet(const TableLayout& layout) {
    Sheet sheet{.columns = {"part", "parts", "offset", "size", "damaged"}};
    for (const KindTotal& total : totals_of(layout)) {
        sheet.rows.push_back({part_kind_name(total.kind), total.count, total.first,
                              Size{total.size}, total.damaged});
    }
    return sheet;
}

/// With the letters of the map, and the sum, so that everybody sees that no byte is missing.
Sheet totals_for_people(const TableParts& table, const TableLayout& layout) {
    Sheet sheet{.columns = {"part", "parts", "offset", "size", "share", "damaged"}};
    KindTotal sum;
    for (const KindTotal& total : totals_of(layout)) {
        sheet.rows.push_back(
            {fmt::format("{} {}", part_letter(total.kind), part_kind_name(total.kind)), total.count,
             total.first, Size{total.size}, share_text(total.size, table.file_size()),
             total.damaged});
        sum.size += total.size;
        sum.count += total.count;
        sum.damaged += total.damaged;
    }
    sheet.rows.push_back({"  file", sum.count, sum.first, Size{sum.size},
                          share_text(sum.size, table.file_size()), sum.damaged});
    return sheet;
}

Sheet blocks_sheet(const TableLayout& layout) {
    Sheet sheet{.columns = {"block", "offset", "size", "raw", "codec", "records", "first_key"}};
    for (const BlockFacts& block : layout.blocks) {
        std::vector<Cell> row{std::uint64_t{block.block}, block.handle.offset,
                              std::uint64_t{block.handle.size}};
        if (block.damaged) {
            row.insert(row.end(), 3, Cell{});
            row[4] = "damaged";
            row.emplace_back();
        } else {
            row.emplace_back(std::uint64_t{block.trailer.raw_length});
            row.emplace_back(codec_name(block.trailer.codec));
            row.emplace_back(std::uint64_t{block.entries});
            row.emplace_back(KeyCell{block.first_key});
        }
        sheet.rows.push_back(std::move(row));
    }
    return sheet;
}

Result<int> show_layout(const DumpContext& context, const TableParts& table) {
    const DumpOptions& options = context.options;
    const TableLayout layout = STRATA_TRY(table_layout(table, !options.fast));
    const bool people = options.style.format == OutputFormat::table;
    if (people) {
        context.output.write(fmt::format("{}: {}\n", table.path(), size_text(table.file_size())));
    }
    if (options.blocks) {
        print_rows(context, table, blocks_sheet(layout));
    } else if (!people) {
        print_rows(context, table, totals_sheet(layout));
    } else {
        if (table.file_size() != 0) {
            const std::size_t terminal =
                options.style.columns == 0 ? usual_width : options.style.columns;
            const auto width = static_cast<std::size_t>(options.width);
            context.output.write(
                draw_map(layout, width == 0 ? terminal : width, options.style.color));
        }
        print_rows(context, table, totals_for_people(table, layout));
    }
    // Those of the table itself are printed by for_each_table().
    const auto begin =
        layout.findings.begin() + static_cast<std::ptrdiff_t>(table.findings().size());
    return report_findings(context, {begin, layout.findings.end()});
}

}  // namespace

int dump_layout(const DumpContext& context) {
    return for_each_table(
        context, [&context](const TableParts& table) { return show_layout(context, table); });
}

}  // namespace strata::tools
