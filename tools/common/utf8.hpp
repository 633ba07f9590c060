// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstddef>
#include <string>

/// UTF-8 as the Unicode standard defines it: shortest form, no surrogates, at most U+10FFFF.
namespace strata::tools {

struct CodePoint {
    char32_t value = 0;
    std::size_t size = 0;  ///< bytes; 0: the bytes at this place are not UTF-8
};

/// The code point that `bytes` (not empty) begins with.
[[nodiscard]] CodePoint decode_utf8(Bytes bytes) noexcept;

[[nodiscard]] bool is_utf8(Bytes bytes) noexcept;

/// Appends a code point; false, and nothing appended, for what is not one (surrogates too).
bool append_utf8(std::string& out, char32_t value);

/// True when a terminal shows the code point as itself and as nothing else: no control, format or
/// private character, no space but U+0020, no noncharacter.
[[nodiscard]] bool is_printable(char32_t value) noexcept;

/// Columns that UTF-8 text takes on a terminal; bytes that are not UTF-8 count as one each.
[[nodiscard]] std::size_t display_width(Bytes text) noexcept;

/// The longest beginning of `text` that is not wider than `width`, in bytes.
[[nodiscard]] std::size_t fit_width(Bytes text, std::size_t width) noexcept;

/// Number of code points in front of byte `offset`.
[[nodiscard]] std::size_t count_code_points(Bytes text, std::size_t offset) noexcept;

}  // namespace strata::tools
