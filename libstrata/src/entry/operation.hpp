// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/coding.hpp"
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

/// Writes the operation of `entry` at `to`, which has room for operation_size(entry) bytes; returns
/// the end.
char* store_operation(char* to, const Entry& entry) noexcept;

/// The operation that store_operation wrote at `from`, with sequence 0; borrows from there. For
/// memory of this process alone: nothing is checked. Bytes from outside go to OperationReader.
[[nodiscard]] inline Entry load_operation(const char* from) noexcept {
    Entry entry;
    entry.kind = static_cast<Kind>(load<std::uint8_t>(from++));
    const auto key_size = static_cast<std::size_t>(load_varint(from));
    const auto value_size = static_cast<std::size_t>(load_varint(from));
    if (entry.kind == Kind::put_expiring) {
        entry.expiry = load_varint(from);
    }
    entry.key = Bytes{from, key_size};
    entry.value = Bytes{from + key_size, value_size};
    return entry;
}

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
