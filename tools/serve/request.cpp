// SPDX-License-Identifier: Apache-2.0
#include "serve/request.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

char lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const noexcept {
    for (const Header& header : headers) {
        if (same_name(header.name, name)) {
            return header.value;
        }
    }
    return std::nullopt;
}

}  // namespace strata::tools
