// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/format.hpp"

#include <strata/result.hpp>

#include <cstdint>

/// What a record of a log holds: the sequence u64 of its first operation, their number u32, then
/// each as kind u8, key and, of a put, value, both behind a varint of their size.
namespace strata::level {

inline constexpr std::size_t batch_header_size = 12;

/// Walks the operations of a batch, from the first to the last. Errors name the byte of the batch;
/// the caller knows the file. The bytes must outlive the reader.
class BatchReader {
  public:
    static Result<BatchReader> create(Bytes record);

    /// Moves to the next operation, false behind the last. corruption: an unknown kind, lengths
    /// beyond the batch, more or fewer operations than it claims.
    Result<bool> next();

    [[nodiscard]] Sequence first_sequence() const noexcept { return first_; }
    /// As the batch claims.
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

    /// Of the current operation. The value of a delete is empty.
    [[nodiscard]] InternalKey key() const noexcept { return key_; }
    [[nodiscard]] Bytes value() const noexcept { return value_; }
    /// Where it begins in the batch.
    [[nodiscard]] std::size_t operation_offset() const noexcept { return offset_; }

  private:
    explicit BatchReader(Bytes record) : record_{record} {}

    Bytes record_;
    Sequence first_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t read_ = 0;
    std::size_t next_ = batch_header_size;
    std::size_t offset_ = 0;
    InternalKey key_;
    Bytes value_;
};

}  // namespace strata::level
