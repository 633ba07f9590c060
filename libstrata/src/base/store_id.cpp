// SPDX-License-Identifier: Apache-2.0
#include "base/store_id.hpp"

#include "base/assert.hpp"

#include <sys/random.h>

#include <cerrno>

namespace strata {

StoreId StoreId::random() {
    StoreId id;
    ssize_t got = 0;
    do {
        got = getrandom(id.bytes.data(), id.bytes.size(), 0);
    } while (got < 0 && errno == EINTR);
    // Up to 256 bytes come whole once the kernel has started; there is nothing to recover from.
    STRATA_ASSERT(got == static_cast<ssize_t>(store_id_size));
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
