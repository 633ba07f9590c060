// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "dump/record_facts.hpp"
#include "dump/table_source.hpp"

#include <fmt/format.h>

namespace strata::tools {
namespace {

Facts block_facts(const TableParts& table, std::uint32_t position, const DataBlock& block) {
    const BlockView& view = block.view;
    FieldReader header{block.raw};
    static_cast<void>(header.take(8));
    const auto suffix = header.fixed<std::uint32_t>();
    Facts facts{
        {"file", table.path()},
        {"block", std::uint64_t{position}},
        {"offset", block.handle.offset},
        {"size", Size{block.handle.size}},
        {"raw", Size{block.trailer.raw_length}},
        {"codec", codec_name(block.trailer.codec)},
        {"check", fmt::format("{:016x}", block.trailer.check)},
        {"records", std::uint64_t{view.count()}},
        {"prefix", KeyCell{std::string{view.prefix()}}},
        {"suffix.length", suffix == block_suffix_varies ? "varies" : fmt::format("{}", suffix)},
        {"base.sequence", SequenceCell{view.base_sequence()}},
        {"offsets", view.wide_offsets() ? "u32" : "u16"},
        {"key.first", KeyCell{view.key(0)}},
        {"key.last", KeyCell{view.key(view.count() - 1)}},
    };
    if (table.has_index()) {
        facts.push_back({"separator", KeyCell{table.index().key(position)}});
    }
    return facts;
}

/// Offset of the first record in the unfolded block: behind header, prefix, heads and offsets.
std::uint64_t records_begin(const BlockView& view) {
    return block_header_size + round_up(view.prefix().size(), 4) +
           std::uint64_t{view.count()} * (view.wide_offsets() ? 8U : 6U);
}

void print_records(const DumpContext& context, const BlockView& view) {
    RecordWriter writer{context.output,
                        context.options.style,
                        {.value = true, .sequence = true, .type = true, .offset = true}};
    std::uint64_t begin = records_begin(view);
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        const std::string key = view.key(i);
        const BlockRecord record = view.record(i);
        Record shown{.key = key,
                     .sequence = record.sequence,
                     .type = record_type_of(record.kind),
                     .offset = begin};
        if (record.kind != Kind::del) {
            shown.value = record.value;
        }
        writer.write(shown);
        begin = static_cast<std::uint64_t>(record.value.data() + record.value.size() -
                                           view.bytes().data());
    }
    writer.finish();
}

Result<int> show_block(const DumpContext& context, const TableParts& table) {
    const std::string& number = context.options.arguments.front();
    const auto position = parse_number(number);
    if (!position) {
        return usage_error("expected the number of a block, found \"{}\"", escaped(number));
    }
    if (table.blocks() == 0) {
        return exit_done;  // the findings of the table say why
    }
    if (*position >= table.blocks()) {
        return usage_error("{}: no block {}: there are {}, counted from 0", table.path(), *position,
                           table.blocks());
    }
    const auto block_number = static_cast<std::uint32_t>(*position);
    if (!table.handle(block_number)) {
        return exit_done;
    }
    const DataBlock block = STRATA_TRY(table.read_block(block_number));
    if (context.options.style.format == OutputFormat::table) {
        print_facts(context.output, context.options.style, block_facts(table, block_number, block));
        context.output.write("\n");
    }
    print_records(context, block.view);
    return exit_done;
}

}  // namespace

int dump_block(const DumpContext& context) {
    return for_each_table(
        context, [&context](const TableParts& table) { return show_block(context, table); });
}

}  // namespace strata::tools
