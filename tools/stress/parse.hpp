// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

/// Small pieces of text that options are made of.
namespace strata::tools {

/// A decimal number with or without a fraction; empty when it is not one.
[[nodiscard]] inline std::optional<double> parse_real(std::string_view text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (result.ec != std::errc{} || result.ptr != end) {
        return std::nullopt;
    }
    return number;
}

/// The pieces between separators; one empty piece for an empty text.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (std::size_t from = 0;;) {
        const std::size_t at = text.find(separator, from);
        pieces.push_back(text.substr(from, at - from));
        if (at == std::string_view::npos) {
            return pieces;
        }
        from = at + 1;
    }
}

}  // namespace strata::tools
