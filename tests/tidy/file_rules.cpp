// SPDX-License-Identifier: Apache-2.0
#include "tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace strata::tidy {
namespace {

bool is_code(std::string_view path) {
    return is_source(path) || is_script(path) || is_build_file(path);
}

int columns(std::string_view line) {
    const auto starts_code_point = [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    };
    return static_cast<int>(std::ranges::count_if(line, starts_code_point));
}

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool contains_word(std::string_view line, std::string_view word) {
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !is_name(line[at - 1]) || !is_name(word.front());
        const bool ends = end == line.size() || !is_name(line[end]) || !is_name(word.back());
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

/// Options in a text: two hyphens, then letters, digits and hyphens.
std::set<std::string> options_in(std::string_view text) {
    std::set<std::string> options;
    for (std::size_t at = text.find("--"); at != std::string_view::npos;
         at = text.find("--", at + 2)) {
        std::size_t end = at + 2;
        while (end < text.size() && (is_name(text[end]) || text[end] == '-')) {
            ++end;
        }
        const bool begins = at == 0 || (!is_name(text[at - 1]) && text[at - 1] != '-');
        if (begins && end > at + 2 && is_name(text[at + 2])) {
            options.emplace(text.substr(at, end - at));
        }
    }
    return options;
}

}  // namespace

Offences check_sizes(const File& file) {
    Offences offences;
    if (!is_code(file.path)) {
        return offences;
    }
    int line = 0;
    for (const std::string_view text : lines_of(file.text)) {
        ++line;
        if (const int width = columns(text); width > columns_max) {
            offences.push_back(
                {file.path, line,
                 std::to_string(width) + " columns, at most " + std::to_string(columns_max)});
        }
    }
    if (line > file_lines_max) {
        offences.push_back(
            {file.path, 0,
             std::to_string(line) + " lines, at most " + std::to_string(file_lines_max)});
    }
    return offences;
}

Offences check_opening(const File& file) {
    if (!is_code(file.path)) {
        return {};
    }
    std::vector<std::string_view> lines = lines_of(file.text);
    int line = 1;
    if (!lines.empty() && lines.front().starts_with("#!")) {
        lines.erase(lines.begin());
        ++line;
    }
    lines.resize(std::max<std::size_t>(lines.size(), 2));
    const std::string_view comment = is_source(file.path) ? "// " : "# ";
    const std::string licence = std::string{comment} + "SPDX-License-Identifier: Apache-2.0";
    if (lines[0] != licence) {
        return {{file.path, line, "expected: " + licence}};
    }
    if (is_header(file.path) && lines[1] != "#pragma once") {
        return {{file.path, line + 1, "expected: #pragma once"}};
    }
    if (file.path.ends_with("_test.cpp") && !lines[1].starts_with("// ")) {
        return {{file.path, line + 1, "expected: a sentence that says what is proved and how"}};
    }
    return {};
}

Offences check_words(const File& file) {
    // Each is cut in two, so that this list does not offend itself.
    static constexpr std::array<std::string_view, 12> halves = {
        "TO", "DO", "FIX", "ME", "X", "XX", "util", "ize", "/ho", "me/", "/ro", "ot/"};
    std::vector<std::string> words = {std::string{"/wo"} + "rk/"};
    for (std::size_t i = 0; i < halves.size(); i += 2) {
        words.push_back(std::string{halves[i]} + std::string{halves[i + 1]});
    }
    Offences offences;
    int line = 0;
    for (const std::string_view text : lines_of(file.text)) {
        ++line;
        for (const std::string& word : words) {
            if (contains_word(text, word)) {
                offences.push_back({file.path, line, "the house does not say " + word});
            }
        }
    }
    return offences;
}

Offences check_top(const std::vector<std::string>& names) {
    static constexpr std::array<std::string_view, 9> permitted = {
        "LICENSE",           "README.md", "libstrata", "man",  "meson.build",
        "meson_options.txt", "testdata",  "tests",     "tools"};
    Offences offences;
    for (const std::string& name : names) {
        const bool ignored = name.starts_with('.') || name == "build" ||
                             name.starts_with("build-") || name == "strata-data";
        if (!ignored && std::ranges::find(permitted, name) == permitted.end()) {
            offences.push_back({name, 0, "does not belong at the top of the tree"});
        }
    }
    return offences;
}

Offences check_options(const File& page, std::string_view help) {
    const std::set<std::string> described = options_in(page.text);
    Offences offences;
    for (const std::string& option : options_in(help)) {
        if (!described.contains(option)) {
            offences.push_back({page.path, 0, "says nothing of " + option});
        }
    }
    return offences;
}

Offences check_sections(const File& page) {
    Offences offences;
    int line = 0;
    int heading = 0;
    const auto finish = [&] {
        if (heading != 0) {
            offences.push_back({page.path, heading, "an empty section"});
        }
    };
    for (const std::string_view text : lines_of(page.text)) {
        ++line;
        if (text.starts_with("# ")) {
            finish();
            heading = line;
        } else if (!trimmed(text).empty() && !text.starts_with("## ")) {
            heading = 0;
        }
    }
    finish();
    return offences;
}

}  // namespace strata::tidy
