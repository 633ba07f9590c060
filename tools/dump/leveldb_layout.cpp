// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "dump/layout_map.hpp"
#include "dump/leveldb.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace strata::tools {
namespace {

constexpr std::size_t usual_width = 80;

/// The kind of part of our own tables that is drawn the same way.
PartKind drawn_as(level::PartKind kind) {
    switch (kind) {
        case level::PartKind::data:
            return PartKind::data;
        case level::PartKind::filter:
            return PartKind::filter;
        case level::PartKind::meta:
            return PartKind::section;
        case level::PartKind::metaindex:
            return PartKind::properties;
        case level::PartKind::index:
            return PartKind::index;
        case level::PartKind::footer:
            return PartKind::footer;
        case level::PartKind::gap:
            return PartKind::unowned;
    }
    return PartKind::unowned;
}

struct KindTotal {
    level::PartKind kind = level::PartKind::data;
    std::uint64_t first = 0;
    std::uint64_t size = 0;
    std::uint64_t count = 0;
};

std::vector<KindTotal> totals_of(const std::vector<level::Part>& parts) {
    std::vector<KindTotal> totals;
    for (const level::Part& part : parts) {
        auto total = std::ranges::find(totals, part.kind, &KindTotal::kind);
        if (total == totals.end()) {
            totals.push_back({.kind = part.kind, .first = part.offset});
            total = std::prev(totals.end());
        }
        total->size += part.size;
        total->count += 1;
    }
    return totals;
}

std::string share_text(std::uint64_t size, std::uint64_t whole) {
    return fmt::format("{:.2f}%", 100 * static_cast<double>(size) / static_cast<double>(whole));
}

/// With the letters of the map and the sum for people.
Sheet totals_sheet(const level::Table& table, const std::vector<level::Part>& parts, bool people) {
    Sheet sheet{.columns = {"part", "parts", "offset", "size"}};
    if (people) {
        sheet.columns.emplace_back("share");
    }
    KindTotal sum;
    for (const KindTotal& total : totals_of(parts)) {
        const std::string name = level::part_name(total.kind);
        const char letter = part_letter(drawn_as(total.kind));
        sheet.rows.push_back({people ? fmt::format("{} {}", letter, name) : name, total.count,
                              total.first, Size{total.size}});
        if (people) {
            sheet.rows.back().emplace_back(share_text(total.size, table.size()));
        }
        sum.size += total.size;
        sum.count += total.count;
    }
    if (people) {
        sheet.rows.push_back({"  file", sum.count, std::uint64_t{0}, Size{sum.size},
                              share_text(sum.size, table.size())});
    }
    return sheet;
}

/// A data block as it was read.
struct ReadBlock {
    level::BlockHandle handle{};
    std::uint64_t raw_size = 0;
    std::string codec{};
    std::uint64_t entries = 0;
    std::string first_key{};
    bool damaged = false;
};

ReadBlock read_block(const level::Table& table, const level::BlockHandle& handle,
                     CheckReport& report) {
    ReadBlock read{.handle = handle};
    auto block = table.walk(handle);
    Status status = block ? Status{} : Status{Error{block.error()}};
    while (status) {
        const auto more = block->next();
        if (!more) {
            status = Error{more.error()};
        } else if (!*more) {
            read.raw_size = block->block().content.size();
            read.codec = level::codec_text(block->block().codec);
            return read;
        } else if (read.entries++ == 0) {
            const auto key = level::parse_internal_key(block->key());
            read.first_key = key ? key->user_key : block->key();
        }
    }
    read.damaged = true;
    level::add_finding(report, table.path(), handle.offset, status.error().message);
    return read;
}

/// Every data block, in the order of the file.
std::vector<ReadBlock> read_blocks(const level::Table& table, const std::vector<level::Part>& parts,
                                   CheckReport& report) {
    std::vector<ReadBlock> blocks;
    for (const level::Part& part : parts) {
        if (part.kind == level::PartKind::data) {
            // What overlaps another part was cut, and does not verify.
            const std::uint64_t size =
                part.size - std::min<std::uint64_t>(part.size, level::block_trailer_size);
            blocks.push_back(read_block(table, {.offset = part.offset, .size = size}, report));
        }
    }
    return blocks;
}

std::string draw(const DumpContext& context, const std::vector<level::Part>& parts,
                 const std::vector<ReadBlock>& blocks) {
    const DumpOptions& options = context.options;
    TableLayout layout;
    std::uint32_t block = 0;
    for (const level::Part& part : parts) {
        TablePart drawn{.kind = drawn_as(part.kind), .offset = part.offset, .size = part.size};
        if (part.kind == level::PartKind::data) {
            drawn.damaged = block < blocks.size() && blocks[block].damaged;
            drawn.block = block++;
        }
        layout.parts.push_back(drawn);
    }
    const std::size_t terminal = options.style.columns == 0 ? usual_width : options.style.columns;
    const auto width = static_cast<std::size_t>(options.width);
    return draw_map(layout, width == 0 ? terminal : width, options.style.color);
}

Sheet blocks_sheet(const std::vector<ReadBlock>& blocks) {
    Sheet sheet{.columns = {"block", "offset", "size", "raw", "codec", "records", "first_key"}};
    for (const ReadBlock& block : blocks) {
        std::vector<Cell> row{std::uint64_t{sheet.rows.size()}, block.handle.offset,
                              block.handle.size};
        if (block.damaged) {
            row.insert(row.end(), {Cell{}, Cell{"damaged"}, Cell{}, Cell{}});
        } else {
            row.emplace_back(block.raw_size);
            row.emplace_back(block.codec);
            row.emplace_back(block.entries);
            row.emplace_back(KeyCell{block.first_key});
        }
        sheet.rows.push_back(std::move(row));
    }
    return sheet;
}

void print_rows(const DumpContext& context, const std::string& path, Sheet sheet) {
    if (context.options.style.format != OutputFormat::table) {
        sheet.columns.insert(sheet.columns.begin(), "file");
        for (auto& row : sheet.rows) {
            row.insert(row.begin(), Cell{path});
        }
    }
    print_sheet(context.output, context.options.style, sheet);
}

int show_layout(const DumpContext& context, const level::Table& table) {
    const DumpOptions& options = context.options;
    const bool people = options.style.format == OutputFormat::table;
    CheckReport report;
    const std::vector<level::Part> parts = level::parts_of(table, report);
    if (people) {
        context.output.write(
            fmt::format("{}: LevelDB table, {}\n", table.path(), size_text(table.size())));
    }
    const bool read = options.blocks || !options.fast;
    const auto blocks = read ? read_blocks(table, parts, report) : std::vector<ReadBlock>{};
    if (options.blocks) {
        print_rows(context, table.path(), blocks_sheet(blocks));
    } else {
        if (people) {
            context.output.write(draw(context, parts, blocks));
        }
        print_rows(context, table.path(), totals_sheet(table, parts, people));
    }
    return report_level_findings(context, report);
}

}  // namespace

int dump_leveldb_layout(const DumpContext& context) {
    const auto [paths, status] = level_tables(context);
    int worst = status;
    bool first = true;
    for (const std::string& path : paths) {
        const auto table = level::Table::open(context.files, path);
        if (!table) {
            context.output.flush();
            worst = std::max(worst, context.diagnostics.error(table.error()));
            continue;
        }
        if (!first && context.options.style.format == OutputFormat::table) {
            context.output.write("\n");
        }
        first = false;
        worst = std::max(worst, show_layout(context, **table));
    }
    return worst;
}

}  // namespace strata::tools
