// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Hexadecimal, base64 (RFC 4648), UUID and integer forms of bytes.
namespace strata::tools {

/// Value of a hexadecimal digit, or -1.
[[nodiscard]] int hex_digit(char digit) noexcept;

/// Lower case, two digits per byte.
void append_hex(std::string& out, Bytes bytes);
/// Empty when the text has an odd number of digits or something else than digits.
[[nodiscard]] std::optional<std::string> parse_hex(std::string_view text);

/// Standard alphabet, padded.
void append_base64(std::string& out, Bytes bytes);
/// Either alphabet, padded or not. Empty when the text is not base64 or its unused bits are set.
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);

/// 8-4-4-4-12 digits of 16 bytes.
void append_uuid(std::string& out, Bytes bytes);
/// With or without dashes at their places. Empty when it is not a UUID.
[[nodiscard]] std::optional<std::string> parse_uuid(std::string_view text);

/// A decimal number, or hexadecimal after 0x, not above `max`. Empty when it is not.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text,
                                                        std::uint64_t max = ~std::uint64_t{0});

/// The low `size` bytes of `value`, most significant first.
void append_big_endian(std::string& out, std::uint64_t value, unsigned size);
void append_little_endian(std::string& out, std::uint64_t value, unsigned size);

}  // namespace strata::tools
