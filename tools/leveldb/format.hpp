// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// What the files of a LevelDB database are made of, from its published description
/// (table_format.md, log_format.md, impl.md). All integers are little-endian; a varint holds seven
/// bits a byte. This folder reads; it writes nothing.
///
///     table     data block* filter block? metaindex block, index block, footer
///     block     entries, offset of each restart point u32, their number u32; behind it the codec
///               u8 and the masked CRC-32C u32 of everything before
///     footer    two handles (varint offset, varint size), zeros up to 40 bytes, magic u64
///     log       blocks of 32 KiB of records: masked CRC u32, length u16, type u8, bytes
///     manifest  a log of version edits
///
/// A key inside a table is the user's key, and 8 bytes: sequence << 8 | kind.
namespace strata::level {

inline constexpr std::uint64_t table_magic = 0xdb4775248b80fb57;
inline constexpr std::size_t footer_size = 48;
/// Codec and check behind each block, which no handle counts.
inline constexpr std::size_t block_trailer_size = 5;
inline constexpr std::size_t internal_suffix_size = 8;
inline constexpr std::size_t log_block_size = 32768;
inline constexpr std::size_t log_header_size = 7;

/// The largest block, stored or unfolded, and the largest log record that is read, in bytes. The
/// format has no limit; this one keeps a damaged length from taking all memory, and leaves room
/// for the largest record that a store of ours takes.
inline constexpr std::size_t unit_size_max = std::size_t{66} << 20;

/// The order of keys unless a database names another comparator.
inline constexpr const char* bytewise_comparator = "leveldb.BytewiseComparator";

enum class Kind : std::uint8_t { del = 0, put = 1 };

/// A key of a table. It borrows the user's key.
struct InternalKey {
    Bytes user_key{};
    Sequence sequence = 0;
    Kind kind = Kind::put;
};

/// Nothing when the bytes are too short or the kind is unknown.
[[nodiscard]] std::optional<InternalKey> parse_internal_key(Bytes bytes) noexcept;

/// Byte order of user keys, then the newest version first.
[[nodiscard]] bool precedes(const InternalKey& left, const InternalKey& right) noexcept;

/// Where a block lies; the trailer behind it is not counted.
struct BlockHandle {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    [[nodiscard]] std::uint64_t end() const noexcept { return offset + size + block_trailer_size; }
};

/// A handle at the start of `bytes`, which it is removed from; nothing when there is none.
[[nodiscard]] std::optional<BlockHandle> take_handle(Bytes& bytes) noexcept;

/// "none", "snappy", "zstd", or "codec N".
[[nodiscard]] std::string codec_text(std::uint8_t codec);

/// Undoes the compression of a block. An error says what is wrong, without a place.
Result<std::string> unfold(std::uint8_t codec, std::string stored);

enum class FileType : std::uint8_t { other, table, log, manifest, current, lock, info_log };

struct FileName {
    FileType type = FileType::other;
    std::uint64_t number = 0;
};

/// What the name (without directory) of a file in a database says of it.
[[nodiscard]] FileName parse_file_name(Bytes name) noexcept;

/// "000005.ldb".
[[nodiscard]] std::string table_name(std::uint64_t number);
[[nodiscard]] std::string log_name(std::uint64_t number);

}  // namespace strata::level
