// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/coding.hpp"

#include <strata/bytes.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

/// The bytes of a table, version 1. Integers are little-endian, h(x, s) is XXH3-64 with seed s.
///
///     data blocks | [optional sections] | filter | index | properties | footer
///
/// Data blocks start at multiples of 8, sections and the footer at multiples of 64; the gaps are
/// zero, so that every byte has an owner and the length of the file is a multiple of 64.
///
///     footer at  size  field                      trailer at  size  field
///     0          8     length of the file         0           4     raw length
///     8          8     number of the file         4           1     codec: 0 none, 1 lz4, 2 zstd
///     16         8     random salt                5           1     block kind, see BlockKind
///     24         4     filter size, 0: none       6           2     0
///     28         4     index size                 8           8     check = h(stored bytes and
///     32         4     properties size                              trailer bytes 0-7,
///     36         2     version 1                                    salt + offset of the block)
///     38         2     reserved
///     40         4     required feature bits
///     44         4     optional feature bits
///     48         8     check = h(bytes 0-47, 0)
///     56         8     magic "STRATSST"
///
/// A block on disk is its stored bytes and then its trailer; sizes in footer and index leave the
/// trailer out. Filter, index and properties have codec 0. A reader starts with the footer; the
/// sections stand before it without a gap but the alignment:
///
///     at(properties) = length - 64 - up64(properties size + 16)
///     at(index) = at(properties) - up64(index size + 16), then the filter likewise
///
/// Example: k1 = v at sequence 9, k2 deleted at sequence 7; number 12, salt 1122334455667788. The
/// data block (its raw bytes 00-2c, codec none, so stored as they are; the trailer 2d-3c) and the
/// footer; strata-sst(5) shows the rest:
///     000 02 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00
///     010 07 00 00 00 00 00 00 00 6b 00 00 00 00 00 00 31
///     020 00 00 00 32 00 00 03 00 01 02 76 02 00 2d 00 00
///     030 00 00 01 00 00 31 e8 ae 3d 5d d2 12 58 00 00 00
///     ...
///     340 80 03 00 00 00 00 00 00 0c 00 00 00 00 00 00 00
///     350 88 77 66 55 44 33 22 11 80 00 00 00 30 00 00 00
///     360 b1 01 00 00 01 00 00 00 00 00 00 00 00 00 00 00
///     370 6d f8 c1 bc 43 bc ce b2 53 54 52 41 54 53 53 54
///
/// block_view.hpp describes the inside of data blocks, index and properties, filter.hpp that of
/// the filter.
///
/// Checked on write: order of entries, limits of lengths. Checked on read, before the fields under
/// it are used: every check; then every length against the bytes that remain and its cap.
/// A later version may, without a mark, fill blocks differently, use other codecs and filter
/// densities and add properties; a new section sets an optional bit, anything that readers must
/// not ignore a required bit; a changed byte map raises the version.
namespace strata {

inline constexpr Bytes table_magic{"STRATSST", 8};
inline constexpr std::uint16_t table_version = 1;
inline constexpr std::size_t table_footer_size = 64;
inline constexpr std::size_t table_section_alignment = 64;
inline constexpr std::size_t table_block_alignment = 8;
inline constexpr std::size_t block_trailer_size = 16;

/// Greatest raw length of a data block: one value of the greatest size, its key and the framing.
inline constexpr std::size_t data_block_size_max = std::size_t{66} << 20;
/// Greatest size of filter, index and properties.
inline constexpr std::size_t table_section_size_max = std::size_t{1} << 30;

enum class BlockKind : std::uint8_t { data = 1, index = 2, filter = 3, properties = 4, other = 5 };

/// "data", "index", ... ; "unknown" for other numbers.
[[nodiscard]] const char* block_kind_name(BlockKind kind) noexcept;
/// "none", "lz4", "zstd"; "unknown" for other numbers.
[[nodiscard]] const char* codec_name(Compression codec) noexcept;

/// Where a block stands: the offset of its first byte and the count of its stored bytes, without
/// the trailer. In the index it is 12 bytes: offset u64, size u32.
struct BlockHandle {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;

    /// Of the first byte behind the trailer.
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + size + block_trailer_size; }
    friend bool operator==(const BlockHandle&, const BlockHandle&) = default;
};
inline constexpr std::size_t block_handle_size = 12;

struct BlockTrailer {
    std::uint32_t raw_length = 0;
    Compression codec = Compression::none;
    BlockKind kind = BlockKind::data;
    std::uint64_t check = 0;
};

/// Appends the 16 bytes of a trailer: `block` holds the stored bytes and nothing else, `seed` is
/// the salt of the table plus the offset of the block. Computes the check and ignores the one in
/// `trailer`.
void append_trailer(std::string& block, const BlockTrailer& trailer, std::uint64_t seed);

/// Verifies the check of a block, `bytes` being its stored bytes and trailer, and only then reads
/// the trailer. The error names no file.
[[nodiscard]] Result<BlockTrailer> verify_block(Bytes bytes, std::uint64_t seed,
                                                BlockKind expected);

struct TableFooter {
    std::uint64_t length = 0;
    std::uint64_t number = 0;
    std::uint64_t salt = 0;
    std::uint32_t filter_size = 0;
    std::uint32_t index_size = 0;
    std::uint32_t properties_size = 0;
    std::uint16_t version = table_version;
    std::uint32_t required_bits = 0;
    std::uint32_t optional_bits = 0;
    std::uint64_t check = 0;  ///< of the encoded footer

    [[nodiscard]] BlockHandle properties() const noexcept;
    [[nodiscard]] BlockHandle index() const noexcept;
    /// Its size is 0 when there is none.
    [[nodiscard]] BlockHandle filter() const noexcept;
    /// Where data blocks and optional sections must have ended.
    [[nodiscard]] std::uint64_t sections_begin() const noexcept;
};

/// The 64 bytes; fills in the check.
[[nodiscard]] std::array<char, table_footer_size> encode_footer(TableFooter& footer);

/// Reads and verifies the last 64 bytes of a file of `length` bytes: magic, check, version,
/// required bits, length, sections that fit. The error names no file; corruption or unsupported.
[[nodiscard]] Result<TableFooter> decode_footer(Bytes bytes, std::uint64_t length);

}  // namespace strata
