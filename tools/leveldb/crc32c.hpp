// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstdint>

/// The check of every LevelDB block and log record: CRC-32C (Castagnoli), as in RFC 3720 B.4,
/// computed eight bytes at a time (Kounavis and Berry, "A Systematic Approach to Building High
/// Performance Software-based CRC Generators", 2005).
namespace strata::level {

/// The CRC of `bytes` behind bytes whose CRC is `before` (0: nothing).
[[nodiscard]] std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0) noexcept;

/// As it stands in files: rotated and moved by a constant, since a CRC over bytes that hold their
/// own CRC is weak.
[[nodiscard]] constexpr std::uint32_t masked(std::uint32_t crc) noexcept {
    constexpr std::uint32_t mask_delta = 0xa282ead8;
    return ((crc >> 15U) | (crc << 17U)) + mask_delta;
}

}  // namespace strata::level
