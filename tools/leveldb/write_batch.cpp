// SPDX-License-Identifier: Apache-2.0
#include "leveldb/write_batch.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"

namespace strata::level {

Result<BatchReader> BatchReader::create(Bytes record) {
    if (record.size() < batch_header_size) {
        return make_error(ErrorCode::corruption, "expected a batch of at least {} bytes, found {}",
                          batch_header_size, record.size());
    }
    BatchReader reader{record};
    reader.first_ = load<std::uint64_t>(record.data());
    reader.count_ = load<std::uint32_t>(record.data() + sizeof(std::uint64_t));
    if (reader.first_ > sequence_max - reader.count_) {
        return make_error(ErrorCode::corruption,
                          "expected sequences of at most {}, found {} operations from {}",
                          sequence_max, reader.count_, reader.first_);
    }
    return reader;
}

Result<bool> BatchReader::next() {
    if (next_ == record_.size()) {
        if (read_ != count_) {
            return make_error(ErrorCode::corruption,
                              "expected {} operations in the batch, found {}", count_, read_);
        }
        return false;
    }
    if (read_ == count_) {
        return make_error(ErrorCode::corruption,
                          "byte {} of the batch: expected its end behind {} operations, found {} "
                          "bytes more",
                          next_, count_, record_.size() - next_);
    }
    offset_ = next_;
    FieldReader fields{record_.substr(offset_)};
    const auto kind = fields.fixed<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(Kind::put)) {
        return make_error(ErrorCode::corruption,
                          "byte {} of the batch: expected kind 0 (delete) or 1 (put), found {}",
                          offset_, kind);
    }
    key_.kind = static_cast<Kind>(kind);
    const std::uint64_t key_size = fields.varint();
    key_.user_key = fields.take(key_size);
    value_ = {};
    if (key_.kind == Kind::put) {
        const std::uint64_t value_size = fields.varint();
        value_ = fields.take(value_size);
    }
    if (!fields.ok()) {
        return make_error(ErrorCode::corruption,
                          "byte {} of the batch: expected a key and value before byte {}, found "
                          "lengths beyond",
                          offset_, record_.size());
    }
    key_.sequence = first_ + read_;
    ++read_;
    next_ = record_.size() - fields.rest().size();
    return true;
}

}  // namespace strata::level
