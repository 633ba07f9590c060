// SPDX-License-Identifier: Apache-2.0
#include "entry/operation.hpp"

#include "base/coding.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr std::size_t head_size_max = 1 + 3 * varint_size_max;

// Everything before the key.
char* store_head(char* to, const Entry& entry) noexcept {
    *to++ = static_cast<char>(entry.kind);
    to = store_varint(to, entry.key.size());
    to = store_varint(to, entry.value.size());
    return entry.kind == Kind::put_expiring ? store_varint(to, entry.expiry) : to;
}

}  // namespace

std::size_t operation_size(const Entry& entry) noexcept {
    std::size_t size = 1 + varint_size(entry.key.size()) + varint_size(entry.value.size());
    if (entry.kind == Kind::put_expiring) {
        size += varint_size(entry.expiry);
    }
    return size + entry.key.size() + entry.value.size();
}

void append_operation(std::string& to, const Entry& entry) {
    char head[head_size_max];
    to.append(head, static_cast<std::size_t>(store_head(head, entry) - head));
    to.append(entry.key);
    to.append(entry.value);
}

char* store_operation(char* to, const Entry& entry) noexcept {
    to = std::copy_n(entry.key.data(), entry.key.size(), store_head(to, entry));
    return std::copy_n(entry.value.data(), entry.value.size(), to);
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
