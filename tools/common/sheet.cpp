// SPDX-License-Identifier: Apache-2.0
#include "common/sheet.hpp"

#include "common/escape.hpp"
#include "common/redact.hpp"
#include "common/units.hpp"
#include "common/utf8.hpp"
#include "common/wrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace strata::tools {
namespace {

// A last column of text that is narrower is not wrapped.
constexpr std::size_t last_width_min = 20;

std::string cell_text(const Cell& cell, const OutputStyle& style) {
    const bool people = style.format == OutputFormat::table;
    std::string text;
    if (const auto* plain = std::get_if<std::string>(&cell)) {
        if (people) {
            text = *plain;
        } else {
            append_escaped(text, *plain, style.ascii);
        }
    } else if (const auto* number = std::get_if<std::uint64_t>(&cell)) {
        text = fmt::format_int{*number}.str();
    } else if (const auto* size = std::get_if<Size>(&cell)) {
        text = people ? size_text(size->bytes) : fmt::format_int{size->bytes}.str();
    } else if (const auto* count = std::get_if<Count>(&cell)) {
        text = people ? count_text(count->count) : fmt::format_int{count->count}.str();
    } else if (const auto* time = std::get_if<Nanoseconds>(&cell)) {
        text = people ? nanoseconds_text(time->count) : fmt::format_int{time->count}.str();
    } else if (const auto* key = std::get_if<KeyCell>(&cell)) {
        const std::string shown = style.redact_keys ? redacted(key->key) : key->key;
        if (people && style.key_format == ByteFormat::esc) {
            append_word(text, shown, style.ascii);
        } else {
            append_bytes(text, style.key_format, shown, style.ascii);
        }
    } else if (const auto* sequence = std::get_if<SequenceCell>(&cell)) {
        text = fmt::format_int{sequence->sequence}.str();
    } else if (const auto* value = std::get_if<ValueCell>(&cell)) {
        append_bytes(text, style.value_format, value->value, style.ascii);
    }
    return text;
}

/// Columns of numbers are aligned to the right: the first cell with a value decides.
bool is_number(const Sheet& sheet, std::size_t column) {
    for (const auto& row : sheet.rows) {
        const Cell& cell = row[column];
        if (!std::holds_alternative<std::monostate>(cell)) {
            return !std::holds_alternative<std::string>(cell) &&
                   !std::holds_alternative<KeyCell>(cell) &&
                   !std::holds_alternative<ValueCell>(cell);
        }
    }
    return false;
}

void add_member(JsonObject& object, const OutputStyle& style, const std::string& name,
                const Cell& cell) {
    if (const auto* plain = std::get_if<std::string>(&cell)) {
        object.text(name, *plain);
    } else if (const auto* number = std::get_if<std::uint64_t>(&cell)) {
        object.number(name, *number);
    } else if (const auto* size = std::get_if<Size>(&cell)) {
        object.number(name, size->bytes);
    } else if (const auto* count = std::get_if<Count>(&cell)) {
        object.number(name, count->count);
    } else if (const auto* time = std::get_if<Nanoseconds>(&cell)) {
        object.number(name, time->count);
    } else if (const auto* key = std::get_if<KeyCell>(&cell)) {
        object.bytes(name, style.redact_keys ? redacted(key->key) : key->key);
    } else if (const auto* sequence = std::get_if<SequenceCell>(&cell)) {
        object.big_number(name, sequence->sequence);
    } else if (const auto* value = std::get_if<ValueCell>(&cell)) {
        object.bytes(name, value->value);
    }
}

std::string upper(std::string text) {
    for (char& letter : text) {
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    return text;
}

void pad(std::string& out, const std::string& text, std::size_t width, bool right) {
    const std::size_t used = display_width(text);
    const std::size_t missing = width - std::min(width, used);
    out.append(right ? missing : 0, ' ');
    out += text;
    out.append(right ? 0 : missing, ' ');
}

/// A sheet as text for people, with the width and side of each column.
struct TextTable {
    std::vector<std::vector<std::string>> rows{};
    std::vector<std::size_t> widths{};
    std::vector<bool> right{};
    std::size_t gap = 2;         ///< blanks between columns
    std::size_t last_width = 0;  ///< room for the last column; 0: no limit
};

TextTable text_table(const OutputStyle& style, const Sheet& sheet) {
    TextTable table;
    const std::size_t columns = sheet.columns.size();
    for (std::size_t i = 0; i < columns; ++i) {
        table.widths.push_back(sheet.columns[i].size());
        table.right.push_back(is_number(sheet, i));
    }
    for (const auto& row : sheet.rows) {
        auto& texts = table.rows.emplace_back();
        for (std::size_t i = 0; i < columns; ++i) {
            texts.push_back(cell_text(row[i], style));
            table.widths[i] = std::max(table.widths[i], display_width(texts.back()));
        }
    }
    table.gap = column_gap(table.widths, style.columns);
    std::size_t used = 0;
    for (std::size_t i = 0; i + 1 < columns; ++i) {
        used += table.widths[i] + table.gap;
    }
    // Where hardly anything is left, lines of the terminal's own are easier to read.
    if (style.columns >= used + last_width_min && !table.right.back()) {
        table.last_width = style.columns - used;
    }
    return table;
}

void print_row(std::string& out, const TextTable& table, const std::vector<std::string>& row) {
    const std::size_t last = row.size() - 1;
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < last; ++i) {
        pad(out, row[i], table.widths[i], table.right[i]);
        out.append(table.gap, ' ');
    }
    const std::size_t indent = display_width(Bytes{out}.substr(begin));
    if (table.last_width == 0 || display_width(row[last]) <= table.last_width) {
        pad(out, row[last], table.right[last] ? table.widths[last] : 0, table.right[last]);
        return;
    }
    bool first = true;
    for (const std::string& line :
         wrap_words(row[last], table.last_width, table.last_width, LongWord::cut)) {
        if (!first) {
            out += '\n';
            out.append(indent, ' ');
        }
        out += line;
        first = false;
    }
}

void print_table(Output& output, const OutputStyle& style, const Sheet& sheet) {
    if (sheet.rows.empty()) {
        return;
    }
    const TextTable table = text_table(style, sheet);
    std::vector<std::string> names;
    for (const std::string& column : sheet.columns) {
        names.push_back(upper(column));
    }
    std::string& out = output.buffer();
    out += style.color ? "\x1b[1m" : "";
    print_row(out, table, names);
    out += style.color ? "\x1b[0m\n" : "\n";
    for (const auto& row : table.rows) {
        print_row(out, table, row);
        out += '\n';
        output.flush_if_full();
    }
}

void append_object(std::string& out, const OutputStyle& style, const Sheet& sheet,
                   const std::vector<Cell>& row) {
    JsonObject object{out, style.json};
    for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
        add_member(object, style, sheet.columns[i], row[i]);
    }
}

}  // namespace

std::size_t column_gap(const std::vector<std::size_t>& widths, std::size_t room) {
    const std::size_t gaps = widths.empty() ? 0 : widths.size() - 1;
    const std::size_t wide = std::accumulate(widths.begin(), widths.end(), 2 * gaps);
    return wide > room && wide - gaps <= room ? 1 : 2;
}

void print_sheet(Output& output, const OutputStyle& style, const Sheet& sheet) {
    if (style.format == OutputFormat::table) {
        print_table(output, style, sheet);
        return;
    }
    std::string& out = output.buffer();
    const bool document = style.format == OutputFormat::json;
    const bool objects = document || style.format == OutputFormat::ndjson;
    const char line_end = style.null_ends ? '\0' : '\n';
    for (std::size_t r = 0; r < sheet.rows.size(); ++r) {
        if (objects) {
            out += document ? (r == 0 ? "[\n" : ",\n") : "";
            append_object(out, style, sheet, sheet.rows[r]);
        } else {
            for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
                out += i == 0 ? "" : "\t";
                out += cell_text(sheet.rows[r][i], style);
            }
        }
        if (!document) {
            out += line_end;
        }
        output.flush_if_full();
    }
    if (document) {
        out += sheet.rows.empty() ? "[]\n" : "\n]\n";
    }
}

void print_facts(Output& output, const OutputStyle& style, const Facts& facts) {
    std::string& out = output.buffer();
    if (is_json(style.format)) {
        {
            JsonObject object{out, style.json};
            for (const auto& [name, cell] : facts) {
                add_member(object, style, name, cell);
            }
        }
        out += '\n';
        return;
    }
    std::size_t width = 0;
    for (const auto& fact : facts) {
        width = std::max(width, fact.first.size());
    }
    const bool table = style.format == OutputFormat::table;
    for (const auto& [name, cell] : facts) {
        out += name;
        out.append(table ? width - name.size() + 2 : 0, ' ');
        out += table ? "" : "\t";
        out += cell_text(cell, style);
        out += style.null_ends ? '\0' : '\n';
    }
}

void add_facts(JsonObject& object, const Facts& facts) {
    for (const auto& [name, cell] : facts) {
        add_member(object, {}, name, cell);
    }
}

void append_json_rows(std::string& out, const Sheet& sheet) {
    out += '[';
    for (std::size_t i = 0; i < sheet.rows.size(); ++i) {
        out += i == 0 ? "" : ",";
        JsonObject object{out};
        for (std::size_t k = 0; k < sheet.columns.size(); ++k) {
            add_member(object, {}, sheet.columns[k], sheet.rows[i][k]);
        }
    }
    out += ']';
}

}  // namespace strata::tools
