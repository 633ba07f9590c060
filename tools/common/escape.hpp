// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// The text form of bytes, called `esc`: what is printable stands for itself, the rest is escaped.
///
/// Reading knows these escapes, alone or between plain text: \\ \" \s (space) \n \r \t \xHH,
/// \x{0a0bff} a run of hexadecimal digits, \u{1F600} a code point as UTF-8, \b64{...} base64,
/// \be16{N} \be32{N} \be64{N} \le16{N} \le32{N} \le64{N} integers, \varint{N} an unsigned LEB128
/// number, \uuid{...} 16 bytes. Any other byte stands for itself.
///
/// Writing is canonical: printable UTF-8 stands for itself but for \ and ", everything else is one
/// of \\ \" \n \r \t \xHH. Reading what was written gives the same bytes.
namespace strata::tools {

/// Appends the text form. `ascii` escapes everything beyond ASCII too.
void append_escaped(std::string& out, Bytes bytes, bool ascii = false);
[[nodiscard]] std::string escaped(Bytes bytes, bool ascii = false);

/// As append_escaped(), as one word of strata-cli's command language: in quotes when it holds a
/// space or would otherwise end the word or the command, with a leading '-', '@' or '#' escaped.
void append_word(std::string& out, Bytes bytes, bool ascii = false);
[[nodiscard]] std::string word(Bytes bytes, bool ascii = false);

/// Reads the text form. Errors are invalid_argument and name the column, where the first character
/// of `text` is at `column`.
Result<std::string> parse_escaped(std::string_view text, std::size_t column = 1);

}  // namespace strata::tools
