// SPDX-License-Identifier: Apache-2.0
#include "base/store_id.hpp"

#include "base/coding.hpp"
#include "base/random.hpp"

namespace strata {

StoreId StoreId::random() {
    StoreId id;
    store<std::uint64_t>(id.bytes.data(), random_u64());
    store<std::uint64_t>(id.bytes.data() + 8, random_u64());
    return id;
}

std::string StoreId::to_hex() const {
    constexpr const char* digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * store_id_size);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += digits[value >> 4];
        hex += digits[value & 15];
    }
    return hex;
}

}  // namespace strata
