// SPDX-License-Identifier: Apache-2.0
#include "io/lock_text.hpp"

#include "base/error.hpp"

namespace strata {
namespace {

std::string one_line(Bytes text) {
    std::string line;
    for (const char c : text.substr(0, lock_text_size_max)) {
        const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
        if (!space) {
            line.push_back(c > ' ' && c <= '~' ? c : '?');
        } else if (!line.empty() && line.back() != ' ') {
            line.push_back(' ');
        }
    }
    if (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    return line;
}

}  // namespace

Error lock_busy(const std::string& path, const char* holder, Bytes text) {
    const std::string owner = one_line(text);
    return make_error(ErrorCode::busy, "{}: locked by {}: {}", path, holder,
                      owner.empty() ? "the lock file does not name it" : owner);
}

}  // namespace strata
