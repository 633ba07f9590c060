// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace strata::tools {

/// Why a request is not carried out: what the problem document says of it.
struct Refusal {
    int status = 400;
    std::string_view code = "bad-request";  ///< a word of the table of codes; static text
    std::string detail{};                   ///< one sentence: what, where, expected, found
};

}  // namespace strata::tools
