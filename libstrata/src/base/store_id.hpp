// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace strata {

inline constexpr std::size_t store_id_size = 16;

/// Names one store for ever: chosen at random when the store is created and written into every
/// file of it, so that a file that strayed in from another store is noticed. A copy made by a
/// checkpoint keeps the id.
struct StoreId {
    std::array<char, store_id_size> bytes{};

    /// From the operating system's random numbers.
    [[nodiscard]] static StoreId random();

    /// 32 lower-case hexadecimal digits.
    [[nodiscard]] std::string to_hex() const;

    [[nodiscard]] Bytes view() const noexcept { return {bytes.data(), bytes.size()}; }

    friend bool operator==(const StoreId&, const StoreId&) = default;
};

}  // namespace strata
