// SPDX-License-Identifier: Apache-2.0
#include <strata/batch.hpp>

#include "base/error.hpp"
#include "entry/operation.hpp"

#include <limits>
#include <utility>

namespace strata {
namespace {

Status check_key(Bytes key) {
    if (key.empty()) {
        return invalid_argument("the empty key is not allowed: a key has 1 to {} bytes",
                                key_size_max);
    }
    if (key.size() > key_size_max) {
        return invalid_argument("a key of {} bytes is too long: a key has 1 to {} bytes",
                                key.size(), key_size_max);
    }
    return {};
}

}  // namespace

Status Batch::put(Bytes key, Bytes value) {
    return add(static_cast<std::uint8_t>(Kind::put), key, value);
}

Status Batch::del(Bytes key) { return add(static_cast<std::uint8_t>(Kind::del), key, {}); }

Status Batch::add(std::uint8_t kind, Bytes key, Bytes value) {
    STRATA_TRY(check_key(key));
    if (value.size() > value_size_max) {
        return invalid_argument("a value of {} bytes is too long: a value has at most {} bytes",
                                value.size(), value_size_max);
    }
    const Entry entry{.key = key, .kind = static_cast<Kind>(kind), .value = value};
    const std::size_t size = encoded_.size() + operation_size(entry);
    if (size > batch_size_max || operations_ == std::numeric_limits<std::uint32_t>::max() >> 4) {
        return invalid_argument("the batch would have {} bytes; a batch has at most {} bytes", size,
                                batch_size_max);
    }
    if (encoded_.empty()) {
        encoded_.reserve(size);
    }
    append_operation(encoded_, entry);
    ++operations_;
    return {};
}

Status Batch::require(Bytes key, Condition::Test test) {
    STRATA_TRY(check_key(key));
    conditions_.push_back(Condition{std::string{key}, std::move(test)});
    return {};
}

void Batch::clear() noexcept {
    encoded_.clear();
    conditions_.clear();
    operations_ = 0;
}

}  // namespace strata
