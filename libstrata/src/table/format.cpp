// SPDX-License-Identifier: Apache-2.0
#include "table/format.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"

namespace strata {
namespace {

/// Bytes that a section of this size takes, with trailer and gap.
std::uint64_t section_extent(std::uint32_t size) noexcept {
    return round_up(std::uint64_t{size} + block_trailer_size, table_section_alignment);
}

constexpr std::size_t footer_checked_size = 48;

TableFooter parse_footer(Bytes bytes) {
    FieldReader fields{bytes};
    TableFooter footer;
    footer.length = fields.fixed<std::uint64_t>();
    footer.number = fields.fixed<std::uint64_t>();
    footer.salt = fields.fixed<std::uint64_t>();
    footer.filter_size = fields.fixed<std::uint32_t>();
    footer.index_size = fields.fixed<std::uint32_t>();
    footer.properties_size = fields.fixed<std::uint32_t>();
    footer.version = fields.fixed<std::uint16_t>();
    static_cast<void>(fields.fixed<std::uint16_t>());
    footer.required_bits = fields.fixed<std::uint32_t>();
    footer.optional_bits = fields.fixed<std::uint32_t>();
    footer.check = fields.fixed<std::uint64_t>();
    return footer;
}

/// Each section is within its cap and all of them stand inside the file.
bool sections_fit(const TableFooter& footer) noexcept {
    for (const std::uint32_t size :
         {footer.filter_size, footer.index_size, footer.properties_size}) {
        if (size > table_section_size_max) {
            return false;
        }
    }
    const std::uint64_t filter = footer.filter_size == 0 ? 0 : section_extent(footer.filter_size);
    return footer.index_size != 0 && footer.properties_size != 0 &&
           filter + section_extent(footer.index_size) + section_extent(footer.properties_size) <=
               footer.length - table_footer_size;
}

}  // namespace

const char* block_kind_name(BlockKind kind) noexcept {
    switch (kind) {
        case BlockKind::data:
            return "data";
        case BlockKind::index:
            return "index";
        case BlockKind::filter:
            return "filter";
        case BlockKind::properties:
            return "properties";
        case BlockKind::other:
            return "other";
    }
    return "unknown";
}

const char* codec_name(Compression codec) noexcept {
    switch (codec) {
        case Compression::none:
            return "none";
        case Compression::lz4:
            return "lz4";
        case Compression::zstd:
            return "zstd";
    }
    return "unknown";
}

void append_trailer(std::string& block, const BlockTrailer& trailer, std::uint64_t seed) {
    append(block, trailer.raw_length);
    block.push_back(static_cast<char>(trailer.codec));
    block.push_back(static_cast<char>(trailer.kind));
    append(block, std::uint16_t{0});
    append(block, hash64(block, seed));
}

Result<BlockTrailer> verify_block(Bytes bytes, std::uint64_t seed, BlockKind expected) {
    if (bytes.size() < block_trailer_size) {
        return make_error(ErrorCode::corruption, "a {} block of {} bytes has no room for a trailer",
                          block_kind_name(expected), bytes.size());
    }
    const Bytes checked = bytes.substr(0, bytes.size() - sizeof(std::uint64_t));
    FieldReader fields{bytes.substr(bytes.size() - block_trailer_size)};
    BlockTrailer trailer;
    trailer.raw_length = fields.fixed<std::uint32_t>();
    trailer.codec = static_cast<Compression>(fields.fixed<std::uint8_t>());
    trailer.kind = static_cast<BlockKind>(fields.fixed<std::uint8_t>());
    static_cast<void>(fields.fixed<std::uint16_t>());
    trailer.check = fields.fixed<std::uint64_t>();
    if (const std::uint64_t computed = hash64(checked, seed); computed != trailer.check) {
        return make_error(ErrorCode::corruption,
                          "the check of this {} block is {:016x}, but its {} bytes have {:016x}",
                          block_kind_name(expected), trailer.check, checked.size(), computed);
    }
    if (trailer.kind != expected) {
        return make_error(ErrorCode::corruption, "expected a {} block, found kind {}",
                          block_kind_name(expected), static_cast<unsigned>(trailer.kind));
    }
    return trailer;
}

BlockHandle TableFooter::properties() const noexcept {
    return {length - table_footer_size - section_extent(properties_size), properties_size};
}

BlockHandle TableFooter::index() const noexcept {
    return {properties().offset - section_extent(index_size), index_size};
}

BlockHandle TableFooter::filter() const noexcept {
    if (filter_size == 0) {
        return {index().offset, 0};
    }
    return {index().offset - section_extent(filter_size), filter_size};
}

std::uint64_t TableFooter::sections_begin() const noexcept { return filter().offset; }

std::array<char, table_footer_size> encode_footer(TableFooter& footer) {
    std::string bytes;
    append(bytes, footer.length);
    append(bytes, footer.number);
    append(bytes, footer.salt);
    append(bytes, footer.filter_size);
    append(bytes, footer.index_size);
    append(bytes, footer.properties_size);
    append(bytes, footer.version);
    append(bytes, std::uint16_t{0});
    append(bytes, footer.required_bits);
    append(bytes, footer.optional_bits);
    footer.check = hash64(bytes, 0);
    append(bytes, footer.check);
    bytes.append(table_magic);
    std::array<char, table_footer_size> encoded;
    bytes.copy(encoded.data(), encoded.size());
    return encoded;
}

Result<TableFooter> decode_footer(Bytes bytes, std::uint64_t length) {
    if (bytes.size() != table_footer_size ||
        bytes.substr(table_footer_size - table_magic.size()) != table_magic) {
        return make_error(ErrorCode::corruption,
                          "not a table, or cut short: the last 8 bytes are not \"{}\"",
                          table_magic);
    }
    TableFooter footer = parse_footer(bytes);
    const std::uint64_t computed = hash64(bytes.substr(0, footer_checked_size), 0);
    if (computed != footer.check) {
        return make_error(ErrorCode::corruption,
                          "the check of the footer is {:016x}, but its bytes have {:016x}",
                          footer.check, computed);
    }
    if (footer.version != table_version) {
        return make_error(ErrorCode::unsupported, "table format version {}, this program reads {}",
                          footer.version, table_version);
    }
    if (footer.required_bits != 0) {
        return make_error(ErrorCode::unsupported,
                          "the table needs features {:08x} that this program does not have",
                          footer.required_bits);
    }
    if (footer.length != length) {
        return make_error(ErrorCode::corruption, "the footer says {} bytes, the file has {}",
                          footer.length, length);
    }
    if (length % table_section_alignment != 0 || !sections_fit(footer)) {
        return make_error(ErrorCode::corruption,
                          "sections of {}, {} and {} bytes do not fit in a file of {}",
                          footer.filter_size, footer.index_size, footer.properties_size, length);
    }
    return footer;
}

}  // namespace strata
