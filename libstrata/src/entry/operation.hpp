// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

/// The one encoding of an operation, shared by batch, log, memtable and dumps:
///
///     kind u8 | key length varint | value length varint | [expiry varint] | key | value
///
/// A delete has value length 0; only put_expiring has an expiry. Example, put k1 = v:
///     01 02 01 6b 31 76
namespace strata {

/// Bytes that append_operation will add.
[[nodiscard]] std::size_t operation_size(const Entry& entry) noexcept;

/// Appends the operation of `entry` (its sequence is not part of it).
void append_operation(std::string& to, const Entry& entry);

/// Takes operations off an encoded list one by one. The bytes may be damaged: a malformed
/// operation (unknown kind, length beyond the rest or a limit, empty key, delete with a value)
/// ends the walk with failed() true.
class OperationReader {
  public:
    explicit OperationReader(Bytes encoded) noexcept : rest_{encoded}, size_{encoded.size()} {}

    /// Reads the next operation into `entry`, which borrows from the list; its sequence is left
    /// alone. False at the end of the list and at the first malformed operation.
    [[nodiscard]] bool next(Entry& entry) noexcept;

    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// Of the first byte not yet read.
    [[nodiscard]] std::size_t offset() const noexcept { return size_ - rest_.size(); }

  private:
    Bytes rest_;
    std::size_t size_;
    bool failed_ = false;
};

}  // namespace strata
