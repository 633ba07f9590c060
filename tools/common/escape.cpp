// SPDX-License-Identifier: Apache-2.0
#include "common/escape.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace strata::tools {
namespace {

void append_hex_escape(std::string& out, Bytes bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out += "\\x";
        append_hex(out, bytes.substr(i, 1));
    }
}

// Bytes that stand for themselves and need no further look.
bool is_plain_ascii(char byte) noexcept {
    return byte >= ' ' && byte < 0x7f && byte != '\\' && byte != '"';
}

void append_special(std::string& out, Bytes bytes, CodePoint point, bool ascii) {
    switch (point.value) {
        case '\\':
            out += "\\\\";
            return;
        case '"':
            out += "\\\"";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (ascii || !is_printable(point.value)) {
        append_hex_escape(out, bytes);
    } else {
        out += bytes;
    }
}

struct IntegerEscape {
    std::string_view name;
    unsigned size;
    bool big;
};
constexpr IntegerEscape integer_escapes[] = {
    {"be16", 2, true},  {"be32", 4, true},  {"be64", 8, true},
    {"le16", 2, false}, {"le32", 4, false}, {"le64", 8, false},
};

void append_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        out.push_back(static_cast<char>((value & 0x7f) | 0x80));
    }
    out.push_back(static_cast<char>(value));
}

class EscapeParser {
  public:
    EscapeParser(std::string_view text, std::size_t column) : text_{text}, column_{column} {}

    Result<std::string> parse() {
        while (at_ < text_.size()) {
            const std::size_t escape = std::min(text_.find('\\', at_), text_.size());
            out_ += text_.substr(at_, escape - at_);
            at_ = escape;
            if (at_ < text_.size()) {
                STRATA_TRY(parse_escape());
            }
        }
        return std::move(out_);
    }

  private:
    Status parse_escape() {
        const std::string_view rest = text_.substr(at_ + 1);
        if (rest.empty()) {
            return error("expected an escape after the last \\; a backslash itself is \\\\");
        }
        constexpr std::string_view names = "\\\"snrt";
        constexpr std::string_view meanings = "\\\" \n\r\t";
        const std::size_t simple = names.find(rest.front());
        if (simple != std::string_view::npos) {
            out_.push_back(meanings[simple]);
            at_ += 2;
            return {};
        }
        if (rest.front() == 'x' && !rest.starts_with("x{")) {
            return parse_byte(rest.substr(1, 2));
        }
        const std::size_t open = rest.find('{');
        const std::string_view name = rest.substr(0, open);
        if (open == std::string_view::npos || name.size() > longest_name ||
            !std::all_of(name.begin(), name.end(), is_name_character)) {
            return unknown(rest);
        }
        const std::size_t close = rest.find('}', open);
        if (close == std::string_view::npos) {
            return error(fmt::format("expected a closing }} after \\{}{{", name));
        }
        STRATA_TRY(parse_braces(name, rest.substr(open + 1, close - open - 1)));
        at_ += close + 2;
        return {};
    }

    Status parse_byte(std::string_view digits) {
        const auto byte = digits.size() == 2 ? parse_hex(digits) : std::nullopt;
        if (!byte) {
            return error(fmt::format("expected two hexadecimal digits after \\x, found \"{}\"",
                                     escaped(digits)));
        }
        out_ += *byte;
        at_ += 4;
        return {};
    }

    Status parse_braces(std::string_view name, std::string_view content) {
        if (name == "x") {
            return append(parse_hex(content), name, "an even number of hexadecimal digits",
                          content);
        }
        if (name == "b64") {
            return append(parse_base64(content), name, "base64", content);
        }
        if (name == "uuid") {
            return append(parse_uuid(content), name, "a UUID", content);
        }
        if (name == "u") {
            return parse_code_point(content);
        }
        if (name == "varint") {
            const auto number = parse_number(content);
            if (!number) {
                return expected(name, "a number below 2^64", content);
            }
            append_varint(out_, *number);
            return {};
        }
        const auto* integer =
            std::find_if(std::begin(integer_escapes), std::end(integer_escapes),
                         [name](const IntegerEscape& candidate) { return candidate.name == name; });
        if (integer == std::end(integer_escapes)) {
            return unknown(name);
        }
        return parse_integer(*integer, content);
    }

    Status parse_integer(const IntegerEscape& integer, std::string_view content) {
        const std::uint64_t max = ~std::uint64_t{0} >> (64 - 8 * integer.size);
        const auto number = parse_number(content, max);
        if (!number) {
            return expected(integer.name, fmt::format("a number below 2^{}", 8 * integer.size),
                            content);
        }
        if (integer.big) {
            append_big_endian(out_, *number, integer.size);
        } else {
            append_little_endian(out_, *number, integer.size);
        }
        return {};
    }

    Status parse_code_point(std::string_view content) {
        constexpr std::size_t digits_max = 6;
        std::uint64_t value = 0;
        bool good = !content.empty() && content.size() <= digits_max;
        for (const char digit : content) {
            good = good && hex_digit(digit) >= 0;
            value = value * 16 + static_cast<std::uint64_t>(std::max(hex_digit(digit), 0));
        }
        if (!good || !append_utf8(out_, static_cast<char32_t>(value))) {
            return expected("u", "a code point in hexadecimal", content);
        }
        return {};
    }

    Status append(const std::optional<std::string>& bytes, std::string_view name,
                  std::string_view what, std::string_view content) {
        if (!bytes) {
            return expected(name, what, content);
        }
        out_ += *bytes;
        return {};
    }

    [[nodiscard]] Error expected(std::string_view name, std::string_view what,
                                 std::string_view found) const {
        constexpr std::size_t shown_max = 40;
        return error(fmt::format("expected {} in \\{}{{}}, found \"{}{}\"", what, name,
                                 escaped(found.substr(0, shown_max)),
                                 found.size() > shown_max ? "..." : ""));
    }
    [[nodiscard]] Error unknown(std::string_view rest) const {
        const std::size_t name =
            std::min({rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), rest.size(),
                      longest_name});
        return error(fmt::format(
            "unknown escape \"\\{}\"; expected \\\\ \\\" \\s \\n \\r \\t \\xHH or one of "
            "\\x{{}} \\u{{}} \\b64{{}} \\be64{{}} \\le64{{}} \\varint{{}} \\uuid{{}}",
            escaped(rest.substr(0, std::max<std::size_t>(name, 1)))));
    }
    [[nodiscard]] Error error(const std::string& message) const {
        return usage_error("column {}: {}", column_ + count_code_points(text_, at_), message);
    }

    static bool is_name_character(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
    static constexpr std::size_t longest_name = 6;

    std::string_view text_;
    std::size_t column_;
    std::size_t at_ = 0;
    std::string out_;
};

}  // namespace

void append_escaped(std::string& out, Bytes bytes, bool ascii) {
    while (!bytes.empty()) {
        std::size_t plain = 0;
        while (plain < bytes.size() && is_plain_ascii(bytes[plain])) {
            ++plain;
        }
        out += bytes.substr(0, plain);
        bytes.remove_prefix(plain);
        if (bytes.empty()) {
            return;
        }
        const CodePoint point = decode_utf8(bytes);
        if (point.size == 0) {
            append_hex_escape(out, bytes.substr(0, 1));
        } else {
            append_special(out, bytes.substr(0, point.size), point, ascii);
        }
        bytes.remove_prefix(std::max<std::size_t>(point.size, 1));
    }
}

std::string escaped(Bytes bytes, bool ascii) {
    std::string out;
    append_escaped(out, bytes, ascii);
    return out;
}

void append_word(std::string& out, Bytes bytes, bool ascii) {
    const bool quoted = bytes.empty() || bytes.find_first_of(" ;") != Bytes::npos || bytes == "|" ||
                        bytes == ">" || bytes == ">>";
    if (quoted) {
        out.push_back('"');
    }
    if (!bytes.empty() && (bytes.front() == '-' || bytes.front() == '@' || bytes.front() == '#')) {
        append_hex_escape(out, bytes.substr(0, 1));
        bytes.remove_prefix(1);
    }
    append_escaped(out, bytes, ascii);
    if (quoted) {
        out.push_back('"');
    }
}

std::string word(Bytes bytes, bool ascii) {
    std::string out;
    append_word(out, bytes, ascii);
    return out;
}

Result<std::string> parse_escaped(std::string_view text, std::size_t column) {
    return EscapeParser{text, column}.parse();
}

}  // namespace strata::tools
