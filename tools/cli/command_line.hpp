// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The command language of scripts and of the interactive shell, before any meaning is given to it:
/// words, several commands, where the output goes.
///
/// Words are separated by white space; "..." makes one word of many, and stands alone as a word.
/// Escapes (escape.hpp) stay in the words; a backslash at the end of a line joins it with the next.
/// ';' outside quotes ends a command, '#' at the beginning of a word starts a comment. A separate
/// word
/// '|' sends the output to a shell command, the rest of the line; '>' and '>>' to a file.
namespace strata::tools {

struct Word {
    std::string text{};
    std::size_t column = 0;  ///< of its first character, from 1; 0: an argument of the program
    bool quoted = false;
};

struct Redirection {
    enum class Kind : std::uint8_t { none, pipe, file, append };
    Kind kind = Kind::none;
    std::string target{};
};

struct CommandText {
    std::vector<Word> words{};
    Redirection redirection{};
};

enum class LineEnd : std::uint8_t { complete, open_quote, backslash };

struct ParsedLine {
    std::vector<CommandText> commands{};
    LineEnd end = LineEnd::complete;  ///< else: more must be read, and the commands are not all
};

/// Splits a line, or several lines when the first ones ended open.
Result<ParsedLine> parse_line(std::string_view line);

/// The first word of a line is one of those that take the rest of the line as it is.
[[nodiscard]] bool takes_raw_rest(std::string_view first_word) noexcept;

}  // namespace strata::tools
