// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "dump/histogram.hpp"
#include "dump/table_source.hpp"
#include "dump/walk.hpp"

#include <algorithm>
#include <array>

namespace strata::tools {
namespace {

constexpr std::size_t usual_width = 80;

/// What is counted, over all tables.
struct Counted {
    Histogram key_size{"key size", "bytes", Histogram::Scale::powers};
    Histogram value_size{"value size", "bytes", Histogram::Scale::powers};
    Histogram versions{"versions of a key", "in one table", Histogram::Scale::powers};
    Histogram block_records{"records of a block", "unfolded", Histogram::Scale::powers};
    Histogram block_fill{"block fill", "% of the size wanted", Histogram::Scale::tens};

    [[nodiscard]] std::array<const Histogram*, 5> all() const {
        return {&key_size, &value_size, &versions, &block_records, &block_fill};
    }
};

Result<int> count_table(const DumpContext& context, const TableParts& table, Counted& counted) {
    const auto cursor = STRATA_TRY(PartsCursor::make(table));
    const std::uint64_t wanted = table.properties() ? table.properties()->block_size : 0;
    std::string key;
    std::uint64_t versions = 0;
    std::optional<std::uint32_t> block;
    STRATA_TRY(
        walk_entries(*cursor, visible_bounds(context.options.range), [&](const Entry& entry) {
            counted.key_size.add(entry.key.size());
            if (entry.kind != Kind::del) {
                counted.value_size.add(entry.value.size());
            }
            if (versions != 0 && entry.key != key) {
                counted.versions.add(versions);
                versions = 0;
            }
            versions += 1;
            key.assign(entry.key);
            if (block != cursor->block()) {
                block = cursor->block();
                counted.block_records.add(cursor->data().view.count());
                if (wanted != 0) {
                    counted.block_fill.add(cursor->data().raw.size() * 100 / wanted);
                }
            }
        }));
    if (versions != 0) {
        counted.versions.add(versions);
    }
    return report_findings(context, cursor->findings());
}

void print(const DumpContext& context, const Counted& counted) {
    const OutputStyle& style = context.options.style;
    Sheet sheet{.columns = {"histogram", "from", "to", "count"}};
    bool first = true;
    for (const Histogram* histogram : counted.all()) {
        if (style.format == OutputFormat::table) {
            context.output.write(first ? "" : "\n");
            context.output.write(histogram->draw(style.columns == 0 ? usual_width : style.columns));
            first = false;
        } else {
            histogram->append_rows(sheet);
        }
    }
    if (style.format != OutputFormat::table) {
        print_sheet(context.output, style, sheet);
    }
}

}  // namespace

int dump_hist(const DumpContext& context) {
    Counted counted;
    const int worst = for_each_table(
        context, [&](const TableParts& table) { return count_table(context, table, counted); },
        Between::nothing);
    print(context, counted);
    return worst;
}

}  // namespace strata::tools
