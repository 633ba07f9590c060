// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How keys and values are written and read by a program: -K and -V.
namespace strata::tools {

enum class ByteFormat : std::uint8_t {
    esc,     ///< escape.hpp
    raw,     ///< the bytes themselves
    hex,     ///< lower-case digits, two per byte
    base64,  ///< RFC 4648
    json,    ///< a JSON string, or {"b64":"..."} for what is not UTF-8
    be64,    ///< eight bytes as a decimal number, most significant first
    le64,    ///< the same, least significant first
    uuid,    ///< sixteen bytes as 8-4-4-4-12 digits
};

inline constexpr std::string_view byte_format_words = "esc|raw|hex|base64|json|be64|le64|uuid";

Result<ByteFormat> parse_byte_format(std::string_view word);
[[nodiscard]] std::string_view byte_format_name(ByteFormat format) noexcept;

/// Appends `bytes` in a format. Bytes that be64, le64 or uuid cannot show (another length) appear
/// as \x{...}, which these formats read as well. `ascii` concerns esc alone.
void append_bytes(std::string& out, ByteFormat format, Bytes bytes, bool ascii = false);

/// Reads bytes. Errors are invalid_argument and name the column, where the first character of
/// `text` is at `column`.
Result<std::string> parse_bytes(ByteFormat format, std::string_view text, std::size_t column = 1);

}  // namespace strata::tools
