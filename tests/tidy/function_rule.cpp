// SPDX-License-Identifier: Apache-2.0
#include "tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace strata::tidy {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// End of the comment, literal or preprocessor line that starts at `at`; `at` when none does.
std::size_t end_of_blank(std::string_view text, std::size_t at, bool line_start) {
    const auto behind = [&](std::string_view closing, std::size_t from) {
        const std::size_t end = text.find(closing, from);
        return end == std::string_view::npos ? text.size() : end + closing.size();
    };
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
        return behind("\n", at) - 1;
    }
    if (rest.starts_with("/*")) {
        return behind("*/", at + 2);
    }
    if (rest.starts_with("R\"") && (at == 0 || !is_name(text[at - 1]))) {
        const std::size_t open = std::min(text.find('(', at), text.size());
        return behind(")" + std::string{text.substr(at + 2, open - at - 2)} + "\"", open);
    }
    // An apostrophe between digits groups them.
    const bool quote = rest[0] == '"' || (rest[0] == '\'' && (at == 0 || !is_name(text[at - 1])));
    if (!quote && !(rest[0] == '#' && line_start)) {
        return at;
    }
    const char closing = quote ? rest[0] : '\n';
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != closing) {
        end += text[end] == '\\' ? 2U : 1U;
    }
    return std::min(quote ? end + 1 : end, text.size());
}

bool starts_with_word(std::string_view text, std::string_view word) {
    return text.starts_with(word) && (text.size() == word.size() || !is_name(text[word.size()]));
}

/// What remains behind `template <...>`.
std::string_view behind_template(std::string_view text) {
    if (!starts_with_word(text, "template")) {
        return text;
    }
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '<' ? 1 : text[i] == '>' ? -1 : 0;
        if (text[i] == '>' && depth == 0) {
            return trimmed(text.substr(i + 1));
        }
    }
    return text;
}

enum class Brace { scope, function, other };

/// What a brace opens, by the statement before it.
Brace classify(std::string_view statement) {
    constexpr std::array<std::string_view, 6> scopes = {"namespace", "class", "struct",
                                                        "union",     "enum",  "extern"};
    constexpr std::array<std::string_view, 7> endings = {")",        ">",        "&",    "const",
                                                         "noexcept", "override", "final"};
    const std::string_view text = behind_template(trimmed(statement));
    const auto starts = [&](std::string_view word) { return starts_with_word(text, word); };
    const auto ends = [&](std::string_view ending) { return text.ends_with(ending); };
    if (std::ranges::any_of(scopes, starts)) {
        return Brace::scope;
    }
    const bool called = text.find('(') != std::string_view::npos;
    const bool arrow = text.find("->") != std::string_view::npos;
    return called && (arrow || std::ranges::any_of(endings, ends)) ? Brace::function : Brace::other;
}

/// Walks over code without comments and literals and measures what braces enclose.
class FunctionScanner {
  public:
    explicit FunctionScanner(const File& file) : file_{file} {}

    Offences scan() {
        for (const char c : code_only(file_.text)) {
            step(c);
        }
        return std::move(offences_);
    }

  private:
    void step(char c) {
        if (c == '\n') {
            ++line_;
        }
        if (c == '{') {
            open();
        } else if (c == '}') {
            close();
        } else if (c == ';' && !inside_function()) {
            statement_.clear();
        } else if (!inside_function()) {
            extend(c);
        }
    }

    void extend(char c) {
        if (statement_.empty()) {
            if (std::isspace(static_cast<unsigned char>(c)) != 0) {
                return;
            }
            first_line_ = line_;
        }
        statement_ += c;
        if (statement_ == "public:" || statement_ == "private:" || statement_ == "protected:") {
            statement_.clear();
        }
    }

    void open() {
        if (inside_function()) {
            ++depth_in_function_;
            return;
        }
        open_.push_back(classify(statement_));
        if (open_.back() == Brace::scope) {
            statement_.clear();
        }
        if (open_.back() == Brace::function) {
            depth_in_function_ = 1;
        }
    }

    void close() {
        if (inside_function() && --depth_in_function_ > 0) {
            return;
        }
        const Brace closed = open_.empty() ? Brace::other : open_.back();
        if (!open_.empty()) {
            open_.pop_back();
        }
        if (closed == Brace::other) {
            // A member initializer: the body of the constructor may follow.
            statement_ += ')';
            return;
        }
        const int lines = line_ - first_line_ + 1;
        if (closed == Brace::function && lines > function_lines_max) {
            offences_.push_back({file_.path, first_line_,
                                 "a function of " + std::to_string(lines) + " lines, at most " +
                                     std::to_string(function_lines_max)});
        }
        statement_.clear();
    }

    [[nodiscard]] bool inside_function() const { return depth_in_function_ > 0; }

    const File& file_;
    Offences offences_;
    std::vector<Brace> open_;
    std::string statement_;  ///< since the last semicolon or brace, outside of functions
    int first_line_ = 1;     ///< of the statement
    int line_ = 1;
    int depth_in_function_ = 0;
};

}  // namespace

std::string code_only(std::string_view text) {
    std::string code{text};
    bool line_start = true;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::max(at, end_of_blank(text, at, line_start));
        for (std::size_t i = at; i < end; ++i) {
            code[i] = text[i] == '\n' ? '\n' : ' ';
        }
        if (end > at) {
            line_start = false;
            at = end;
            continue;
        }
        line_start = text[at] == '\n' || (line_start && (text[at] == ' ' || text[at] == '\t'));
        ++at;
    }
    return code;
}

Offences check_functions(const File& file) {
    return is_source(file.path) ? FunctionScanner{file}.scan() : Offences{};
}

}  // namespace strata::tidy
