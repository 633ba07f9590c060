// SPDX-License-Identifier: Apache-2.0
#include "common/wrap.hpp"

#include "common/terminal.hpp"
#include "common/utf8.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t room_min = 20;  // terminals that are narrower are not heeded

void append_wrapped(std::string& out, std::string_view line, std::size_t columns) {
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t room = std::max(columns, blanks + room_min) - blanks;
    bool first = true;
    for (const std::string& part :
         wrap_words(line.substr(blanks), room, room - indent, LongWord::whole)) {
        out += first ? "" : "\n";
        out.append(blanks + (first ? 0 : indent), ' ');
        out += part;
        first = false;
    }
}

}  // namespace

std::vector<std::string> wrap_words(std::string_view text, std::size_t width, std::size_t later,
                                    LongWord long_word) {
    std::vector<std::string> lines;
    while (display_width(text) > width) {
        const std::size_t fits = std::max<std::size_t>(fit_width(text, width), 1);
        std::size_t blank = text.rfind(' ', fits);
        if ((blank == std::string_view::npos || blank == 0) && long_word == LongWord::whole) {
            blank = text.find(' ', fits);
            if (blank == std::string_view::npos) {
                break;
            }
        }
        const bool between = blank != std::string_view::npos && blank != 0;
        lines.emplace_back(text.substr(0, between ? blank : fits));
        text.remove_prefix(between ? blank + 1 : fits);
        width = later;
    }
    lines.emplace_back(text);
    return lines;
}

std::string for_terminal(const Output& output, std::string_view text) {
    if (!is_terminal(output.descriptor())) {
        return std::string{text};
    }
    const std::size_t columns = terminal_size(output.descriptor()).columns;
    std::string out;
    for (;;) {
        const std::size_t end = text.find('\n');
        append_wrapped(out, text.substr(0, end), columns);
        if (end == std::string_view::npos) {
            return out;
        }
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace strata::tools
