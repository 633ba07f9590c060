// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "dump/date_text.hpp"
#include "dump/table_source.hpp"
#include "table/format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

std::string ratio_text(std::uint64_t part, std::uint64_t whole) {
    return fmt::format("{:.3f}",
                       whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole));
}

/// A time: for people a date, 0 where there is none; elsewhere milliseconds since 1970.
Cell time_cell(const DumpContext& context, std::uint64_t ms) {
    if (context.options.style.format == OutputFormat::table && ms != 0) {
        return date_text(ms);
    }
    return ms;
}

Facts footer_facts(const TableParts& table) {
    const TableFooter& footer = *table.footer();
    return {{"file", table.path()},
            {"number", footer.number},
            {"version", std::uint64_t{footer.version}},
            {"length", Size{footer.length}}};
}

void add_counts(Facts& facts, const Properties& p) {
    facts.push_back({"entries", p.entries});
    facts.push_back({"keys", p.keys});
    facts.push_back({"puts", p.puts});
    facts.push_back({"deletes", p.deletes});
    facts.push_back({"expiring", p.expiring});
    facts.push_back({"key.min", KeyCell{p.key_min}});
    facts.push_back({"key.max", KeyCell{p.key_max}});
    facts.push_back({"seq.min", SequenceCell{p.sequence_min}});
    facts.push_back({"seq.max", SequenceCell{p.sequence_max}});
    facts.push_back({"raw.bytes", Size{p.raw_bytes}});
}

void add_sizes(Facts& facts, const TableParts& table) {
    if (table.properties()) {
        const Properties& p = *table.properties();
        facts.push_back({"data.bytes", Size{p.data_end}});
        facts.push_back({"data.ratio", ratio_text(p.data_end, p.raw_bytes)});
    }
    facts.push_back({"blocks", std::uint64_t{table.blocks()}});
    if (table.properties()) {
        const Properties& p = *table.properties();
        facts.push_back({"block.bytes", Size{p.block_size}});
        facts.push_back({"codec", std::string{codec_name(static_cast<Compression>(p.codec))}});
    }
    facts.push_back({"index", Size{table.footer()->index_size}});
    facts.push_back({"filter", Size{table.footer()->filter_size}});
}

/// The filter is read for its header; damage to it is returned.
Status add_filter(Facts& facts, const TableParts& table) {
    const BlockHandle handle = table.footer()->filter();
    if (handle.size == 0) {
        return {};
    }
    const std::string block = STRATA_TRY(table.read_section(handle, BlockKind::filter));
    const auto filter = FilterView::parse(block);
    if (!filter) {
        return corruption_at(table.path(), handle.offset, "{}", filter.error().message);
    }
    facts.push_back({"filter.lines", std::uint64_t{filter->lines()}});
    facts.push_back({"filter.probes", std::uint64_t{filter->probes()}});
    facts.push_back({"filter.keys", filter->keys()});
    facts.push_back(
        {"filter.bits.per.key", ratio_text(std::uint64_t{filter->lines()} * filter_line_size * 8,
                                           std::max<std::uint64_t>(filter->keys(), 1))});
    return {};
}

void add_origin(Facts& facts, const DumpContext& context, const Properties& p) {
    facts.push_back({"created", time_cell(context, p.created_ms)});
    facts.push_back({"tombstone.oldest", time_cell(context, p.tombstone_oldest_ms)});
    facts.push_back({"expiry.min", time_cell(context, p.expiry_min)});
    facts.push_back({"expiry.max", time_cell(context, p.expiry_max)});
    facts.push_back({"writer", p.writer});
    facts.push_back({"store.id", p.store_id.to_hex()});
}

Result<int> show_props(const DumpContext& context, const TableParts& table) {
    if (!table.footer()) {
        return exit_done;  // its findings say why
    }
    Facts facts = footer_facts(table);
    if (table.properties()) {
        add_counts(facts, *table.properties());
    }
    add_sizes(facts, table);
    Status filter = add_filter(facts, table);
    if (table.properties()) {
        add_origin(facts, context, *table.properties());
    }
    facts.push_back({"salt", fmt::format("{:016x}", table.footer()->salt)});
    facts.push_back({"footer.check", fmt::format("{:016x}", table.footer()->check)});
    if (table.properties()) {
        facts.push_back({"entry.sum", fmt::format("{:016x}", table.properties()->entry_sum)});
    }
    print_facts(context.output, context.options.style, facts);
    if (!filter) {
        context.output.flush();
        return filter.take_error();
    }
    return exit_done;
}

}  // namespace

int dump_props(const DumpContext& context) {
    return for_each_table(
        context, [&context](const TableParts& table) { return show_props(context, table); });
}

}  // namespace strata::tools
