// SPDX-License-Identifier: Apache-2.0
// Proves that every byte of a table has an owner: for tables of all shapes, whole, with any byte
// changed and cut at any length, the parts join without gap or overlap and add up to the file.
// Whole tables have no findings; a changed byte that the check of tables finds is found here too.
#include "inspect/table_layout.hpp"

#include "inspect/table_check.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "table/block_builder.hpp"
#include "table/builder.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::test {
namespace {

struct Shape {
    std::size_t entries = 1;
    std::size_t value_size = 5;
    Compression codec = Compression::none;
    unsigned filter_bits = 10;
};

std::string table_bytes(const Shape& shape) {
    const auto files = StrictFileSystem::create();
    TableBuilderOptions options;
    options.number = 12;
    options.block_size = 256;
    options.codec = shape.codec;
    options.filter_bits = shape.filter_bits;
    options.salt = 99;
    const auto builder = must(TableBuilder::create(*files, "/", options));
    for (std::size_t i = 0; i < shape.entries; ++i) {
        const std::string key = fmt::format("key{:06}", i);
        const std::string value(shape.value_size, static_cast<char>('a' + i % 20));
        must(builder->add({.key = key, .sequence = i + 1, .kind = Kind::put, .value = value}));
    }
    must(builder->finish());
    return content_of(*files, "/000000000012.sst");
}

TableLayout layout_of(const std::string& bytes, bool read_blocks = true) {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/t", bytes);
    const TableParts table = must(TableParts::open(*files, "/t"));
    return must(table_layout(table, read_blocks));
}

void check_adds_up(const TableLayout& layout, std::uint64_t size) {
    std::uint64_t end = 0;
    for (const TablePart& part : layout.parts) {
        CHECK(part.offset == end);
        CHECK(part.size > 0);
        end = part.end();
    }
    CHECK(end == size);
}

bool is_damaged(const std::string& bytes) {
    const auto files = StrictFileSystem::create();
    create_file(*files, "/t", bytes);
    CheckReport report;
    must(check_table(*files, "/t", {}, report));
    return !report.findings.empty();
}

std::string kinds_of(const TableLayout& layout) {
    std::string kinds;
    for (const TablePart& part : layout.parts) {
        kinds +=
            fmt::format("{}{}{} ", part_kind_name(part.kind), part.size, part.damaged ? "!" : "");
    }
    return kinds;
}

TEST_CASE("tables of all shapes") {
    for (const Shape& shape :
         std::vector<Shape>{{},
                            {.entries = 200},
                            {.entries = 200, .filter_bits = 0},
                            {.entries = 3, .value_size = 100'000},
                            {.entries = 500, .value_size = 40, .codec = Compression::lz4},
                            {.entries = 500, .value_size = 40, .codec = Compression::zstd}}) {
        CAPTURE(shape.entries);
        const std::string bytes = table_bytes(shape);
        for (const bool read_blocks : {true, false}) {
            const TableLayout layout = layout_of(bytes, read_blocks);
            check_adds_up(layout, bytes.size());
            CHECK(layout.findings.empty());
            CHECK(layout.blocks.empty() == !read_blocks);
            std::uint64_t entries = 0;
            for (const BlockFacts& block : layout.blocks) {
                CHECK(block.trailer.codec <= shape.codec);
                entries += block.entries;
            }
            CHECK((entries == shape.entries || !read_blocks));
        }
    }
}

TEST_CASE("parts of the smallest table") {
    CHECK(kinds_of(layout_of(table_bytes({}))) ==
          "data65 gap63 filter144 gap48 index72 gap56 properties459 gap53 footer64 ");
}

TEST_CASE("every byte changed: nothing is lost, damage is found where check finds it") {
    const std::string good = table_bytes({.entries = 20, .codec = Compression::lz4});
    for (std::size_t at = 0; at < good.size(); ++at) {
        CAPTURE(at);
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        const TableLayout layout = layout_of(bytes);
        check_adds_up(layout, bytes.size());
        CHECK(layout.findings.empty() == !is_damaged(bytes));
    }
}

TEST_CASE("any length: nothing is lost, and a cut table is no table") {
    const std::string good = table_bytes({.entries = 20});
    for (std::size_t size = 0; size < good.size(); size += 13) {
        CAPTURE(size);
        const TableLayout layout = layout_of(good.substr(0, size));
        check_adds_up(layout, size);
        CHECK_FALSE(layout.findings.empty());
    }
}

TEST_CASE("a footer with one damaged byte is mended") {
    const std::string good = table_bytes({.entries = 20});
    for (const std::size_t at :
         {std::size_t{5}, std::size_t{48}}) {  // from the end: in the magic, in the salt
        std::string bytes = good;
        bytes[bytes.size() - at] = 'x';
        const TableLayout layout = layout_of(bytes);
        CHECK(layout.findings.size() == 1);
        CHECK(layout.parts.back().kind == PartKind::footer);
        CHECK(layout.parts.back().damaged);
        CHECK(layout.blocks.size() == layout_of(good).blocks.size());
    }
}

TEST_CASE("without a footer nothing has an owner; bytes behind it have none") {
    const std::string good = table_bytes({.entries = 20});
    std::string bytes = good;
    bytes[bytes.size() - 48] = 'x';
    bytes[bytes.size() - 40] = 'x';
    CHECK(kinds_of(layout_of(bytes)) == fmt::format("unowned{} ", bytes.size()));
    const TableLayout longer = layout_of(good + "more");
    check_adds_up(longer, good.size() + 4);
    CHECK(longer.parts.back().kind == PartKind::unowned);
    CHECK(longer.findings.size() == 1);
    CHECK(longer.blocks.size() == layout_of(good).blocks.size());
}

TEST_CASE("without an index the blocks are found by themselves") {
    const std::string good = table_bytes({.entries = 40});
    const TableLayout before = layout_of(good);
    const auto index = std::ranges::find(before.parts, PartKind::index, &TablePart::kind);
    REQUIRE(index != before.parts.end());
    std::string bytes = good;
    bytes[index->offset + 3] = 'x';
    TableLayout layout = layout_of(bytes);
    CHECK(layout.findings.size() == 1);
    CHECK(layout.findings[0].offset == index->offset);
    CHECK(layout.blocks.size() == before.blocks.size());
    // One block is damaged as well: it is a gap between the others.
    REQUIRE(before.blocks.size() > 2);
    const BlockHandle second = before.blocks[1].handle;
    bytes[second.offset + 30] = 'x';
    layout = layout_of(bytes);
    check_adds_up(layout, bytes.size());
    CHECK(layout.findings.size() == 2);
    CHECK(layout.findings[1].offset >= before.blocks[0].handle.end());
    CHECK(layout.findings[1].offset <= second.offset);
    const auto lost = std::ranges::find(layout.parts, PartKind::unlisted, &TablePart::kind);
    REQUIRE(lost != layout.parts.end());
    CHECK(lost->end() == before.blocks[2].handle.offset);
}

/// A table with an optional section between its data and its filter, named in its properties.
std::string table_with_section(std::uint64_t claimed_offset) {
    TableFooter footer{.number = 12, .salt = 99};
    std::string bytes;
    const auto add = [&](std::string block, BlockKind kind, std::size_t alignment) {
        bytes.resize(round_up(bytes.size(), alignment), '\0');
        const std::uint64_t offset = bytes.size();
        const auto size = static_cast<std::uint32_t>(block.size());
        append_trailer(block, {.raw_length = size, .kind = kind}, footer.salt + offset);
        bytes += block;
        return BlockHandle{offset, size};
    };
    const auto handle_bytes = [](const BlockHandle& handle) {
        std::string value;
        append(value, handle.offset);
        append(value, handle.size);
        return value;
    };
    const auto block_of = [](const std::string& key, const std::string& value) {
        BlockBuilder builder;
        builder.add({.key = key, .sequence = 0, .kind = Kind::put, .value = value});
        std::string block;
        builder.finish(block);
        return block;
    };
    const BlockHandle data = add(block_of("a", "b"), BlockKind::data, 8);
    BlockHandle section = add("anything", BlockKind::other, 64);
    section.offset = claimed_offset == 0 ? section.offset : claimed_offset;
    footer.index_size = add(block_of("a", handle_bytes(data)), BlockKind::index, 64).size;
    footer.properties_size =
        add(block_of("section.extra", handle_bytes(section)), BlockKind::properties, 64).size;
    bytes.resize(round_up(bytes.size(), 64), '\0');
    footer.optional_bits = 1;
    footer.length = bytes.size() + table_footer_size;
    const auto encoded = encode_footer(footer);
    return bytes + std::string{encoded.data(), encoded.size()};
}

TEST_CASE("optional sections") {
    TableLayout layout = layout_of(table_with_section(0));
    CHECK(kinds_of(layout).starts_with("data53 gap11 section24 gap40 index"));
    CHECK(layout.findings.empty());
    std::string bytes = table_with_section(0);
    bytes[64] = 'x';
    layout = layout_of(bytes);
    check_adds_up(layout, bytes.size());
    CHECK(kinds_of(layout).find("section24!") != std::string::npos);
    for (const std::uint64_t claimed : {std::uint64_t{8}, std::uint64_t{1} << 40}) {
        bytes = table_with_section(claimed);
        layout = layout_of(bytes);
        check_adds_up(layout, bytes.size());
        CHECK(layout.findings.size() == 2);  // it cannot be there; what is there has no owner
    }
}

}  // namespace
}  // namespace strata::test
