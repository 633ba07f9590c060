// SPDX-License-Identifier: Apache-2.0
#include "entry/operation.hpp"

#include "base/coding.hpp"

namespace strata {

std::size_t operation_size(const Entry& entry) noexcept {
    std::size_t size = 1 + varint_size(entry.key.size()) + varint_size(entry.value.size());
    if (entry.kind == Kind::put_expiring) {
        size += varint_size(entry.expiry);
    }
    return size + entry.key.size() + entry.value.size();
}

void append_operation(std::string& to, const Entry& entry) {
    to.push_back(static_cast<char>(entry.kind));
    append_varint(to, entry.key.size());
    append_varint(to, entry.value.size());
    if (entry.kind == Kind::put_expiring) {
        append_varint(to, entry.expiry);
    }
    to.append(entry.key);
    to.append(entry.value);
}

bool OperationReader::next(Entry& entry) noexcept {
    if (rest_.empty() || failed_) {
        return false;
    }
    FieldReader fields{rest_};
    const auto kind = fields.fixed<std::uint8_t>();
    const std::uint64_t key_size = fields.varint();
    const std::uint64_t value_size = fields.varint();
    const bool expires = kind == static_cast<std::uint8_t>(Kind::put_expiring);
    const std::uint64_t expiry = expires ? fields.varint() : 0;
    const bool known = kind >= static_cast<std::uint8_t>(Kind::put) &&
                       kind <= static_cast<std::uint8_t>(Kind::put_expiring);
    const bool is_delete = kind == static_cast<std::uint8_t>(Kind::del);
    if (!known || key_size == 0 || key_size > key_size_max || value_size > value_size_max ||
        (is_delete && value_size != 0)) {
        fields.fail();
    }
    entry.key = fields.take(key_size);
    entry.value = fields.take(value_size);
    if (!fields.ok()) {
        failed_ = true;
        return false;
    }
    entry.kind = static_cast<Kind>(kind);
    entry.expiry = expiry;
    rest_ = fields.rest();
    return true;
}

}  // namespace strata
