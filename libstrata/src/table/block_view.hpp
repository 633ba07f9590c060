// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/coding.hpp"
#include "entry/entry.hpp"
#include "table/format.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

/// Data blocks, index and properties have one layout, in which each record has an address, so that
/// walking backwards costs the same as forwards and a search touches few cache lines:
///
///     at   size     field
///     0    4        count n, at least 1
///     4    4        prefix length p
///     8    4        suffix length when it is equal for all records, else ffffffff
///     12   4        flags: bit 0 = offsets are u32, else u16
///     16   8        base sequence, the least of the block
///     24   p        the common prefix of all keys, then zeros to a multiple of 4
///     ..   4n       heads: the 4 key bytes behind the prefix as a big-endian number, padded with
///                   zeros, stored as u32
///     ..   2n, 4n   offsets of the records from the start of the record area
///     ..            record area, to the end of the block; a record is
///                       kind u8 | (sequence - base) varint | [suffix length varint] |
///                       [expiry varint] | suffix from its 5th byte on | value
///
/// A key is prefix, the first min(4, suffix length) bytes of the head, and the rest. Records are
/// in entry order. The value of a record ends where the next record starts. Example, a=1 at
/// sequence 7 and b=2 at sequence 9:
///
///     02 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  07 00 00 00 00 00 00 00
///     00 00 00 61 00 00 00 62  00 00 03 00  01 00 31  01 02 32
namespace strata {

inline constexpr std::size_t block_header_size = 24;
inline constexpr std::size_t block_head_size = 4;
inline constexpr std::uint32_t block_wide_offsets = 1;
inline constexpr std::uint32_t block_suffix_varies = 0xffffffffU;

/// One record of a block, borrowed from it. The key is in three parts: the block's prefix, the
/// head, and `rest`.
struct BlockRecord {
    Kind kind = Kind::put;
    Sequence sequence = 0;
    std::uint32_t suffix_size = 0;
    std::uint64_t expiry = 0;
    Bytes rest{};  ///< key bytes from the 5th of the suffix on
    Bytes value{};
};

/// A block in memory whose structure has been checked once, by parse(); everything else trusts it
/// and checks no bounds. Borrows the bytes; cheap to copy. Thread-safe.
class BlockView {
  public:
    BlockView() noexcept = default;

    /// Checks everything that reading relies on: header, offsets, every record, order of records
    /// (strict in data blocks). Kinds and key limits are those of data blocks unless `kind` says
    /// otherwise. The error names no file.
    [[nodiscard]] static Result<BlockView> parse(Bytes block, BlockKind kind);

    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] Bytes prefix() const noexcept {
        return {data_ + block_header_size, prefix_size_};
    }
    [[nodiscard]] Bytes bytes() const noexcept { return {data_, size_}; }
    [[nodiscard]] Sequence base_sequence() const noexcept { return base_; }
    [[nodiscard]] bool wide_offsets() const noexcept { return wide_; }

    /// Requires index < count().
    [[nodiscard]] std::uint32_t head(std::uint32_t index) const noexcept {
        return load<std::uint32_t>(heads() + std::size_t{4} * index);
    }
    [[nodiscard]] BlockRecord record(std::uint32_t index) const noexcept;
    [[nodiscard]] std::size_t key_size(const BlockRecord& record) const noexcept {
        return std::size_t{prefix_size_} + record.suffix_size;
    }
    /// Writes the key behind the prefix to `to`, which has room for the suffix and 4 bytes more.
    void copy_suffix(std::uint32_t index, const BlockRecord& record, char* to) const noexcept;
    /// The whole key, copied.
    [[nodiscard]] std::string key(std::uint32_t index) const;
    /// The value alone, when it has a known size: that of the index.
    [[nodiscard]] const char* value_tail(std::uint32_t index, std::size_t size) const noexcept {
        return record_end(index) - size;
    }

    struct Position {
        std::uint32_t index = 0;  ///< count() when there is none
        bool key_equal = false;   ///< the record has the key that was sought
    };
    /// The first record at or after (key, sequence) in entry order.
    [[nodiscard]] Position lower_bound(Bytes key, Sequence sequence) const noexcept;
    /// The first record whose key is not below `key`, whatever its sequence.
    [[nodiscard]] Position lower_bound(Bytes key) const noexcept {
        return lower_bound(key, ~Sequence{0});
    }

    /// Order of the key of a record against `key`: below, at or above 0.
    [[nodiscard]] int compare_key(std::uint32_t index, Bytes key) const noexcept;

  private:
    [[nodiscard]] const char* heads() const noexcept { return data_ + heads_at_; }
    [[nodiscard]] std::uint32_t offset(std::uint32_t index) const noexcept {
        const char* at = data_ + heads_at_ + std::size_t{4} * count_;
        return wide_ ? load<std::uint32_t>(at + std::size_t{4} * index)
                     : load<std::uint16_t>(at + std::size_t{2} * index);
    }
    [[nodiscard]] const char* record_begin(std::uint32_t index) const noexcept {
        return data_ + records_at_ + offset(index);
    }
    [[nodiscard]] const char* record_end(std::uint32_t index) const noexcept {
        return index + 1 < count_ ? record_begin(index + 1) : data_ + size_;
    }
    [[nodiscard]] int compare(std::uint32_t index, Bytes suffix, Sequence sequence,
                              bool& key_equal) const noexcept;
    [[nodiscard]] Status parse_header(Bytes block);
    [[nodiscard]] Status check_offsets() const;
    [[nodiscard]] bool is_plain(std::uint32_t index, const char* begin,
                                const char* end) const noexcept;
    [[nodiscard]] Status check_record(std::uint32_t index, BlockKind kind) const;
    [[nodiscard]] Status check_order(std::uint32_t index, bool strict) const;

    const char* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t prefix_size_ = 0;
    std::uint32_t suffix_size_ = 0;
    std::uint32_t heads_at_ = 0;
    std::uint32_t records_at_ = 0;
    Sequence base_ = 0;
    bool wide_ = false;
};

/// The 4 bytes at the start of a suffix as a number whose order is that of the bytes.
[[nodiscard]] std::uint32_t head_of(Bytes suffix) noexcept;

}  // namespace strata
