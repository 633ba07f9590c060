// SPDX-License-Identifier: Apache-2.0
#include "base/finding.hpp"

#include <charconv>

namespace strata {

Finding finding_of(const std::string& path, const Error& error) {
    Finding finding{.file = path, .offset = 0, .message = error.message};
    const std::string start = path + ": at ";
    if (error.message.starts_with(start)) {
        const char* begin = error.message.data() + start.size();
        const char* end = error.message.data() + error.message.size();
        const auto [rest, failed] = std::from_chars(begin, end, finding.offset);
        if (failed == std::errc{} && end - rest >= 2) {
            finding.message.assign(rest + 2, end);
        }
    } else if (error.message.starts_with(path + ": ")) {
        finding.message.erase(0, path.size() + 2);
    }
    return finding;
}

Finding finding_anywhere(const std::string& fallback, const Error& error) {
    const std::size_t at = error.message.find(": at ");
    if (at != std::string::npos && at != 0) {
        Finding finding = finding_of(error.message.substr(0, at), error);
        if (finding.message != error.message) {
            return finding;
        }
    }
    return finding_of(fallback, error);
}

}  // namespace strata
