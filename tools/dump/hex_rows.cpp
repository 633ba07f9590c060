// SPDX-License-Identifier: Apache-2.0
#include "dump/hex_rows.hpp"

#include "common/encoding.hpp"
#include "common/escape.hpp"
#include "common/sheet.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::size_t plain_width = 16;
constexpr std::size_t narrow_width = 8;
constexpr std::size_t wide_screen = 110;  // columns from which a row has 16 bytes
constexpr std::size_t name_width = 22;
constexpr std::size_t narrow_name_width = 19;  // more room for what the bytes mean
// A field of more rows is shown by its first ones and its last.
constexpr std::size_t rows_shown_max = 5;
constexpr std::size_t bytes_for_programs = 4096;

std::string digits(Bytes bytes, std::size_t width) {
    std::string text;
    for (const char byte : bytes) {
        text += fmt::format("{:02x} ", static_cast<unsigned char>(byte));
    }
    text.resize(width * 3, ' ');
    return text;
}

}  // namespace

void HexRows::row(std::uint64_t offset, Bytes bytes, std::size_t width, const std::string& text) {
    std::string& out = output_.buffer();
    out += style_.color ? "\x1b[2m" : "";
    out += fmt::format("{:08x}", offset);
    out += style_.color ? "\x1b[0m" : "";
    std::string line = "  " + digits(bytes, width) + text;
    line.erase(line.find_last_not_of(' ') + 1);
    out += line;
    out += '\n';
    output_.flush_if_full();
}

void HexRows::heading(const Field& field) {
    if (field.part == part_ && field.part_offset == part_offset_) {
        return;
    }
    part_ = field.part;
    part_offset_ = field.part_offset;
    std::string& out = output_.buffer();
    out += style_.color ? "\x1b[1m" : "";
    out += fmt::format("{} at {}", part_, part_offset_);
    out += style_.color ? "\x1b[0m\n" : "\n";
}

void HexRows::field(const Field& field) {
    if (style_.format == OutputFormat::table) {
        heading(field);
        people_field(field);
    } else {
        program_field(field);
    }
}

void HexRows::people_field(const Field& field) {
    const bool wide = style_.columns >= wide_screen;
    const std::size_t width = wide ? plain_width : narrow_width;
    const std::size_t rows = (field.bytes.size() + width - 1) / width;
    const bool narrow = !wide && style_.columns != 0;
    const std::size_t names =
        std::max(narrow ? narrow_name_width : name_width, display_width(field.name));
    const std::size_t used = 10 + 3 * width + names + 1;
    std::string value = field.is_text ? word(field.text, style_.ascii) : field.value;
    if (style_.columns != 0) {
        const std::size_t room = std::max<std::size_t>(style_.columns, used + 10) - used;
        if (display_width(value) > room) {
            value = value.substr(0, fit_width(value, room - 1)) + "\xe2\x80\xa6";
        }
    }
    for (std::size_t i = 0; i < rows; ++i) {
        if (rows > rows_shown_max && i == rows_shown_max - 2) {
            output_.buffer() += fmt::format("{:>8}  ({} bytes of the field left out)\n", "...",
                                            (rows - rows_shown_max + 1) * width);
            i = rows - 1;
        }
        const std::string text =
            i == 0 ? fmt::format("{:<{}} {}", field.name, names, value) : std::string{};
        row(field.offset + i * width, field.bytes.substr(i * width, width), width, text);
    }
}

void HexRows::program_field(const Field& field) {
    std::string hex;
    append_hex(hex, field.bytes.substr(0, bytes_for_programs));
    std::vector<Cell> cells{path_, std::string{field.part}, field.offset,
                            std::uint64_t{field.bytes.size()}, field.name};
    cells.emplace_back();
    if (field.is_text) {
        cells.back() = KeyCell{field.text};
    } else {
        cells.back() = field.value;
    }
    cells.emplace_back(std::move(hex));
    // A document is one array, and fields come one by one.
    const bool document = style_.format == OutputFormat::json;
    OutputStyle style = style_;
    style.format = document ? OutputFormat::ndjson : style.format;
    std::string text;
    {
        Output line{text};
        print_sheet(line, style,
                    {.columns = {"file", "part", "offset", "size", "field", "value", "bytes"},
                     .rows = {std::move(cells)}});
    }
    if (document) {
        text.pop_back();
        text.insert(0, fields_ == 0 ? "[\n" : ",\n");
    }
    fields_ += 1;
    output_.write(text);
}

void HexRows::finish() {
    if (style_.format == OutputFormat::json) {
        output_.write(fields_ == 0 ? "[]\n" : "\n]\n");
    }
}

void HexRows::plain(std::uint64_t offset, Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += plain_width) {
        const Bytes part = bytes.substr(at, plain_width);
        if (style_.format != OutputFormat::table) {
            program_field({.part = "bytes", .offset = offset + at, .bytes = part});
            continue;
        }
        std::string text = " ";
        for (const char byte : part) {
            text += byte >= ' ' && byte <= '~' ? byte : '.';
        }
        row(offset + at, part, plain_width, text);
    }
}

}  // namespace strata::tools
