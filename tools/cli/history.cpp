// SPDX-License-Identifier: Apache-2.0
#include "cli/history.hpp"

#include "common/line_reader.hpp"
#include "common/output.hpp"
#include "common/terminal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace strata::tools {

std::string history_path() {
    const char* chosen = std::getenv("STRATA_HISTORY");
    if (chosen != nullptr) {
        return chosen;
    }
    std::string state = environment("XDG_STATE_HOME");
    if (state.empty()) {
        const std::string home = environment("HOME");
        if (home.empty()) {
            return {};
        }
        state = home + "/.local/state";
    }
    return state + "/strata/history";
}

std::vector<std::string> load_history(const std::string& path) {
    std::vector<std::string> entries;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return entries;
    }
    constexpr std::size_t line_max = std::size_t{1} << 20;
    LineReader reader{descriptor, path, line_max};
    while (true) {
        const auto line = reader.next();
        if (!line || !*line) {
            break;
        }
        const Bytes text = (*line)->text;
        if (text.starts_with('\t') && !entries.empty()) {
            entries.back() += '\n';
            entries.back() += text.substr(1);
        } else if (!text.empty()) {
            entries.emplace_back(text);
        }
        if (entries.size() > 2 * history_entries_max) {
            entries.erase(entries.begin(), entries.begin() + history_entries_max);
        }
    }
    ::close(descriptor);
    if (entries.size() > history_entries_max) {
        entries.erase(entries.begin(),
                      entries.end() - static_cast<std::ptrdiff_t>(history_entries_max));
    }
    return entries;
}

void append_history(const std::string& path, std::string_view entry) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), ignored);
    constexpr mode_t owner_only = 0600;
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, owner_only);
    if (descriptor < 0) {
        return;
    }
    std::string text;
    for (const char c : entry) {
        text += c;
        if (c == '\n') {
            text += '\t';
        }
    }
    text += '\n';
    // One write, so that two shells do not mix their lines.
    static_cast<void>(write_all(descriptor, text));
    ::close(descriptor);
}

}  // namespace strata::tools
