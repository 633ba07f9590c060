// SPDX-License-Identifier: Apache-2.0
#include "common/byte_format.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/json.hpp"
#include "common/record_parse.hpp"

#include <iterator>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view names[] = {"esc",  "raw",  "hex",  "base64",
                                      "json", "be64", "le64", "uuid"};
constexpr std::size_t integer_size = 8;
constexpr std::size_t uuid_size = 16;

std::uint64_t integer_of(Bytes bytes, bool big) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t at = big ? i : bytes.size() - 1 - i;
        value = value << 8 | static_cast<unsigned char>(bytes[at]);
    }
    return value;
}

void append_hex_run(std::string& out, Bytes bytes) {
    out += "\\x{";
    append_hex(out, bytes);
    out += '}';
}

Error not_in_format(std::size_t column, std::string_view what, std::string_view text) {
    constexpr std::size_t shown_max = 40;
    return usage_error("column {}: expected {}, found \"{}{}\"", column, what,
                       escaped(text.substr(0, shown_max)), text.size() > shown_max ? "..." : "");
}

Result<std::string> parse_integer(std::string_view text, std::size_t column, bool big) {
    const auto number = parse_number(text);
    if (!number) {
        return not_in_format(column, "a number below 2^64", text);
    }
    std::string bytes;
    if (big) {
        append_big_endian(bytes, *number, integer_size);
    } else {
        append_little_endian(bytes, *number, integer_size);
    }
    return bytes;
}

}  // namespace

Result<ByteFormat> parse_byte_format(std::string_view word) {
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (names[i] == word) {
            return static_cast<ByteFormat>(i);
        }
    }
    return usage_error("expected a byte format ({}), found \"{}\"", byte_format_words,
                       escaped(word));
}

std::string_view byte_format_name(ByteFormat format) noexcept {
    return names[static_cast<std::size_t>(format)];
}

void append_bytes(std::string& out, ByteFormat format, Bytes bytes, bool ascii) {
    switch (format) {
        case ByteFormat::esc:
            append_escaped(out, bytes, ascii);
            return;
        case ByteFormat::raw:
            out += bytes;
            return;
        case ByteFormat::hex:
            append_hex(out, bytes);
            return;
        case ByteFormat::base64:
            append_base64(out, bytes);
            return;
        case ByteFormat::json:
            append_json_bytes(out, bytes, {});
            return;
        case ByteFormat::be64:
        case ByteFormat::le64:
            if (bytes.size() == integer_size) {
                out += fmt::format_int{integer_of(bytes, format == ByteFormat::be64)}.str();
            } else {
                append_hex_run(out, bytes);
            }
            return;
        case ByteFormat::uuid:
            if (bytes.size() == uuid_size) {
                append_uuid(out, bytes);
            } else {
                append_hex_run(out, bytes);
            }
            return;
    }
}

Result<std::string> parse_bytes(ByteFormat format, std::string_view text, std::size_t column) {
    const bool escapes =
        format == ByteFormat::be64 || format == ByteFormat::le64 || format == ByteFormat::uuid;
    if (format == ByteFormat::esc || (escapes && text.starts_with('\\'))) {
        return parse_escaped(text, column);
    }
    if (format == ByteFormat::raw) {
        return std::string{text};
    }
    if (format == ByteFormat::json) {
        return parse_json_bytes(text, column);
    }
    if (format == ByteFormat::be64 || format == ByteFormat::le64) {
        return parse_integer(text, column, format == ByteFormat::be64);
    }
    std::optional<std::string> bytes;
    std::string_view what;
    if (format == ByteFormat::hex) {
        bytes = parse_hex(text);
        what = "an even number of hexadecimal digits";
    } else if (format == ByteFormat::base64) {
        bytes = parse_base64(text);
        what = "base64";
    } else {
        bytes = parse_uuid(text);
        what = "a UUID";
    }
    if (!bytes) {
        return not_in_format(column, what, text);
    }
    return std::move(*bytes);
}

}  // namespace strata::tools
