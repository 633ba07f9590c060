// SPDX-License-Identifier: Apache-2.0
// Proves that store ids are random and print as hexadecimal digits, by example.
#include "base/store_id.hpp"

#include <doctest/doctest.h>

using namespace strata;

TEST_CASE("store id: two random ids differ") {
    CHECK(StoreId::random() != StoreId::random());
    CHECK(StoreId::random() != StoreId{});
}

TEST_CASE("store id: hexadecimal digits, first byte first") {
    StoreId id;
    for (std::size_t i = 0; i < store_id_size; ++i) {
        id.bytes[i] = static_cast<char>(i * 17);
    }
    CHECK(id.to_hex() == "00112233445566778899aabbccddeeff");
    CHECK(id.view().size() == store_id_size);
    CHECK(id.view()[15] == '\xff');
}
