// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tidy/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Constants that the manual specifies and the code carries. A page of the manual states them in a
/// section `# CONSTANTS`, one to a line:
///
///     magic = "STRATWAL"            first bytes of a segment
///     segment_header_size = 64
///     seed = 0x5354524154415f31
namespace strata::tidy {

struct FormatConstant {
    std::string page{};   ///< file name in man/
    std::string name{};   ///< as in the code
    std::string value{};  ///< decimal, or text in double quotes

    friend bool operator==(const FormatConstant&, const FormatConstant&) = default;
    friend auto operator<=>(const FormatConstant&, const FormatConstant&) = default;
};

/// What the code says, from the headers that define it.
[[nodiscard]] std::vector<FormatConstant> constants_of_code();

/// What a page says; values in hexadecimal are returned in decimal.
[[nodiscard]] std::vector<FormatConstant> constants_of_page(const File& page);

/// Names of the `inline constexpr` variables of a header.
[[nodiscard]] std::vector<std::string> constants_of_header(const File& header);

}  // namespace strata::tidy
