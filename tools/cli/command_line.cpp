// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include "common/error.hpp"
#include "common/utf8.hpp"

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class LineParser {
  public:
    explicit LineParser(std::string_view line) : line_{line} {}

    Result<ParsedLine> parse() {
        while (skip_space()) {
            if (line_[at_] == '#') {
                at_ = std::min(line_.find('\n', at_), line_.size());
            } else if (line_[at_] == ';') {
                ++at_;
                end_command();
            } else {
                STRATA_TRY(parse_word());
                if (result_.end != LineEnd::complete) {
                    return std::move(result_);
                }
            }
        }
        if (result_.end == LineEnd::complete && wants_file_) {
            return missing_target();
        }
        end_command();
        return std::move(result_);
    }

  private:
    // Stands at the next character of meaning; false at the end. A line end, unless escaped, ends
    // the command.
    bool skip_space() {
        while (at_ < line_.size()) {
            if (line_[at_] == '\\' && ends_line(at_ + 1)) {
                if (at_ + 1 >= line_.size()) {
                    result_.end = LineEnd::backslash;
                    return false;
                }
                at_ = std::min(line_.find('\n', at_), line_.size() - 1) + 1;
            } else if (line_[at_] == '\n') {
                ++at_;
                end_command();
            } else if (is_space(line_[at_])) {
                ++at_;
            } else {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool ends_line(std::size_t at) const {
        return at >= line_.size() || line_[at] == '\n' || line_.substr(at, 2) == "\r\n";
    }

    Status parse_word() {
        Word word{.column = column(at_)};
        if (line_[at_] == '"') {
            STRATA_TRY(parse_quoted(word));
        } else {
            STRATA_TRY(parse_plain(word));
        }
        if (result_.end != LineEnd::complete) {
            return {};
        }
        return take(std::move(word));
    }

    Status parse_quoted(Word& word) {
        word.quoted = true;
        ++word.column;
        const std::size_t begin = ++at_;
        while (at_ < line_.size() && line_[at_] != '"') {
            at_ += line_[at_] == '\\' ? 2U : 1U;
        }
        if (at_ >= line_.size()) {
            result_.end = LineEnd::open_quote;
            return {};
        }
        word.text = line_.substr(begin, at_ - begin);
        ++at_;
        const bool ends = at_ >= line_.size() || is_space(line_[at_]) || line_[at_] == ';';
        if (!ends) {
            return usage_error("column {}: expected a space after the closing quote", column(at_));
        }
        return {};
    }

    Status parse_plain(Word& word) {
        const std::size_t begin = at_;
        // The shell command may follow at once: ".!ls".
        constexpr std::string_view shell = ".!";
        if (current_.words.empty() && line_.substr(at_).starts_with(shell)) {
            at_ += shell.size();
            word.text = shell;
            return {};
        }
        while (at_ < line_.size() && !is_space(line_[at_])) {
            if (line_[at_] == '"') {
                return usage_error(
                    "column {}: a quote inside a word: write \\\", or quote the whole word",
                    column(at_));
            }
            if (line_[at_] == '\\') {
                if (ends_line(at_ + 1)) {
                    break;
                }
                ++at_;
            } else if (line_[at_] == ';') {
                break;
            }
            ++at_;
        }
        word.text = line_.substr(begin, at_ - begin);
        return {};
    }

    Status take(Word word) {
        if (wants_file_) {
            current_.redirection.target = std::move(word.text);
            wants_file_ = false;
            return {};
        }
        if (word.quoted) {
            current_.words.push_back(std::move(word));
            return {};
        }
        if (word.text == "|") {
            current_.redirection = {Redirection::Kind::pipe, rest_of_line()};
            return current_.redirection.target.empty() ? missing_target() : Status{};
        }
        if (word.text == ">" || word.text == ">>") {
            current_.redirection.kind =
                word.text == ">" ? Redirection::Kind::file : Redirection::Kind::append;
            wants_file_ = true;
            return {};
        }
        const bool first = current_.words.empty();
        const bool destination = first && (word.text == ".once" || word.text == ".output");
        const bool raw = first && takes_raw_rest(word.text);
        current_.words.push_back(std::move(word));
        skip_blanks();
        // A destination is a word like any other, or a shell command.
        if (raw || (destination && line_.substr(at_).starts_with('|'))) {
            Word rest{.column = column(at_)};
            rest.text = rest_of_line();
            if (!rest.text.empty()) {
                current_.words.push_back(std::move(rest));
            }
        }
        return {};
    }

    void skip_blanks() {
        while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) {
            ++at_;
        }
    }

    std::string rest_of_line() {
        skip_blanks();
        const std::size_t end = std::min(line_.find('\n', at_), line_.size());
        std::string rest{line_.substr(at_, end - at_)};
        at_ = end;
        return rest;
    }

    void end_command() {
        if (!current_.words.empty()) {
            result_.commands.push_back(std::move(current_));
        }
        current_ = {};
        wants_file_ = false;
    }

    [[nodiscard]] Error missing_target() const {
        return usage_error("column {}: expected {}", column(line_.size()),
                           wants_file_ ? "a file name after >" : "a shell command after |");
    }

    // Of a place, within its own line.
    [[nodiscard]] std::size_t column(std::size_t at) const {
        const std::size_t before = at == 0 ? std::string_view::npos : line_.rfind('\n', at - 1);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        return 1 + count_code_points(line_.substr(begin), at - begin);
    }

    std::string_view line_;
    std::size_t at_ = 0;
    bool wants_file_ = false;
    CommandText current_;
    ParsedLine result_;
};

}  // namespace

bool takes_raw_rest(std::string_view first_word) noexcept {
    constexpr std::string_view raw[] = {".!", ".every"};
    return std::find(std::begin(raw), std::end(raw), first_word) != std::end(raw);
}

Result<ParsedLine> parse_line(std::string_view line) { return LineParser{line}.parse(); }

}  // namespace strata::tools
