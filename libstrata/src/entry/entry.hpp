// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <compare>
#include <cstdint>

namespace strata {

/// What an operation does. The numbers are part of every format; never reuse one.
enum class Kind : std::uint8_t {
    put = 1,
    del = 2,
    put_expiring = 3,
    range_del = 4,  ///< reserved
    merge = 5,      ///< reserved
    blob = 6,       ///< reserved: the value is a reference into a blob file
};

/// One version of one key. It borrows its bytes.
struct Entry {
    Bytes key{};
    Sequence sequence = 0;
    Kind kind = Kind::put;
    Bytes value{};
    std::uint64_t expiry = 0;  ///< of put_expiring: ms since 1970

    friend bool operator==(const Entry&, const Entry&) = default;
};

/// The order of all entries everywhere: key ascending, then sequence descending, so that the
/// newest version of a key comes first.
[[nodiscard]] inline std::strong_ordering compare_entries(Bytes left_key, Sequence left_sequence,
                                                          Bytes right_key,
                                                          Sequence right_sequence) noexcept {
    if (const int order = left_key.compare(right_key); order != 0) {
        return order < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    return right_sequence <=> left_sequence;
}

}  // namespace strata
