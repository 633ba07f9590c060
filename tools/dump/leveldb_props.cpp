// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "dump/leveldb.hpp"
#include "io/file_contents.hpp"
#include "leveldb/filter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

std::string ratio_text(std::uint64_t part, std::uint64_t whole) {
    return fmt::format("{:.3f}",
                       whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole));
}

/// "snappy 12, none 3": data blocks by codec.
std::string codecs_text(const level::TableCounts& counts) {
    std::string text;
    for (std::size_t codec = 0; codec < counts.codecs.size(); ++codec) {
        if (counts.codecs[codec] != 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                                level::codec_text(static_cast<std::uint8_t>(codec)),
                                counts.codecs[codec]);
        }
    }
    return text;
}

const char* order_text(level::KeyOrder order) {
    return order == level::KeyOrder::bytewise ? "bytewise" : "not known";
}

void add_filter(Facts& facts, const level::Table& table, std::uint64_t entries) {
    const auto filter = level::Filter::read(table);
    if (!filter || !*filter) {
        facts.push_back({"filter", Size{0}});
        return;
    }
    const level::Filter& found = **filter;
    facts.push_back({"filter", Size{found.handle().size + level::block_trailer_size}});
    facts.push_back({"filter.name", found.name()});
    if (found.known()) {
        facts.push_back({"filter.stretches", std::uint64_t{found.stretches()}});
        facts.push_back({"filter.stretch.bytes", Size{std::uint64_t{1} << found.stretch_log2()}});
        facts.push_back({"filter.bits.per.record",
                         ratio_text(found.size() * 8, std::max<std::uint64_t>(entries, 1))});
    }
}

Facts facts_of(const level::Table& table, const level::TableCounts& counts, level::KeyOrder order) {
    Facts facts{
        {"file", table.path()},
        {"kind", "LevelDB table"},
        {"number", level::parse_file_name(base_name(table.path())).number},
        {"length", Size{table.size()}},
        {"entries", counts.entries},
        {"puts", counts.puts},
        {"deletes", counts.deletes},
        {"key.min", KeyCell{counts.first_key}},
        {"key.max", KeyCell{counts.last_key}},
        {"key.order", order_text(order)},
        {"key.bytes", Size{counts.key_bytes}},
        {"value.bytes", Size{counts.value_bytes}},
        {"seq.min", SequenceCell{counts.sequence_min}},
        {"seq.max", SequenceCell{counts.sequence_max}},
        {"raw.bytes", Size{counts.raw_bytes}},
        {"data.bytes", Size{counts.stored_bytes}},
        {"data.ratio", ratio_text(counts.stored_bytes, counts.raw_bytes)},
        {"blocks", counts.blocks},
        {"codecs", codecs_text(counts)},
        {"index", Size{table.footer().index.size + level::block_trailer_size}},
        {"metaindex", Size{table.footer().metaindex.size + level::block_trailer_size}},
    };
    add_filter(facts, table, counts.entries);
    return facts;
}

}  // namespace

int dump_leveldb_props(const DumpContext& context) {
    const auto [paths, status] = level_tables(context);
    int worst = status;
    bool first = true;
    for (const std::string& path : paths) {
        CheckReport report;
        const level::KeyOrder order = level::order_beside(context.files, path);
        const auto counts = level::check_table(context.files, path, order, report);
        const auto table = level::Table::open(context.files, path);
        if (!first && context.options.style.format == OutputFormat::table) {
            context.output.write("\n");
        }
        if (counts && table) {
            print_facts(context.output, context.options.style, facts_of(**table, *counts, order));
            first = false;
        }
        context.output.flush();
        if (!counts) {
            worst = std::max(worst, context.diagnostics.error(counts.error()));
        }
        worst = std::max(worst, report_level_findings(context, report));
    }
    return worst;
}

}  // namespace strata::tools
