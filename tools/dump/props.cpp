// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "dump/commands.hpp"
#include "table/format.hpp"
#include "table/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

std::string ratio_text(std::uint64_t part, std::uint64_t whole) {
    return fmt::format("{:.3f}",
                       whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole));
}

void add_filter(Facts& facts, const Table& table) {
    const FilterView& filter = table.filter();
    facts.push_back({"filter", Size{table.footer().filter_size}});
    if (table.footer().filter_size == 0) {
        return;
    }
    facts.push_back({"filter.lines", std::uint64_t{filter.lines()}});
    facts.push_back({"filter.probes", std::uint64_t{filter.probes()}});
    facts.push_back({"filter.keys", filter.keys()});
    facts.push_back(
        {"filter.bits.per.key", ratio_text(std::uint64_t{filter.lines()} * filter_line_size * 8,
                                           std::max<std::uint64_t>(filter.keys(), 1))});
}

Facts facts_of(const Table& table) {
    const TableFooter& footer = table.footer();
    const Properties& p = table.properties();
    Facts facts{
        {"file", table.path()},
        {"number", footer.number},
        {"version", std::uint64_t{footer.version}},
        {"length", Size{footer.length}},
        {"entries", p.entries},
        {"keys", p.keys},
        {"puts", p.puts},
        {"deletes", p.deletes},
        {"expiring", p.expiring},
        {"key.min", KeyCell{p.key_min}},
        {"key.max", KeyCell{p.key_max}},
        {"seq.min", SequenceCell{p.sequence_min}},
        {"seq.max", SequenceCell{p.sequence_max}},
        {"raw.bytes", Size{p.raw_bytes}},
        {"data.bytes", Size{table.data_end()}},
        {"data.ratio", ratio_text(table.data_end(), p.raw_bytes)},
        {"blocks", std::uint64_t{table.index().count()}},
        {"block.bytes", Size{p.block_size}},
        {"codec", std::string{codec_name(static_cast<Compression>(p.codec))}},
        {"index", Size{footer.index_size}},
    };
    add_filter(facts, table);
    facts.push_back({"created", p.created_ms});
    facts.push_back({"tombstone.oldest", p.tombstone_oldest_ms});
    facts.push_back({"expiry.min", p.expiry_min});
    facts.push_back({"expiry.max", p.expiry_max});
    facts.push_back({"writer", p.writer});
    facts.push_back({"store.id", p.store_id.to_hex()});
    facts.push_back({"salt", fmt::format("{:016x}", footer.salt)});
    facts.push_back({"footer.check", fmt::format("{:016x}", footer.check)});
    facts.push_back({"entry.sum", fmt::format("{:016x}", p.entry_sum)});
    return facts;
}

}  // namespace

int dump_props(const DumpContext& context) {
    const auto [paths, status] = table_paths(context);
    int worst = status;
    bool first = true;
    for (const std::string& path : paths) {
        const auto table = Table::open(context.files, path, {}, nullptr);
        if (!table) {
            context.output.flush();
            worst = std::max(worst, report_table_error(context, path, table.error()));
            continue;
        }
        if (!first && context.options.style.format == OutputFormat::table) {
            context.output.write("\n");
        }
        print_facts(context.output, context.options.style, facts_of(**table));
        first = false;
    }
    return worst;
}

}  // namespace strata::tools
