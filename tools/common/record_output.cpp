// SPDX-License-Identifier: Apache-2.0
#include "common/record_output.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/redact.hpp"
#include "common/units.hpp"
#include "common/utf8.hpp"

#include <algorithm>
#include <iterator>

namespace strata::tools {
namespace {

constexpr std::string_view format_names[] = {"table", "tsv", "json", "ndjson", "raw"};
constexpr std::string_view gap = "  ";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view plain = "\x1b[0m";
// A value shows at least this much, however long its key is.
constexpr std::size_t value_width_min = 20;
// No screen shows more of a value; formatting 64 MiB to show a line of it would be a waste.
constexpr std::size_t value_bytes_shown = 4096;

std::string number_text(std::uint64_t number) { return fmt::format_int{number}.str(); }

}  // namespace

Result<OutputFormat> parse_output_format(std::string_view word) {
    for (std::size_t i = 0; i < std::size(format_names); ++i) {
        if (format_names[i] == word) {
            return static_cast<OutputFormat>(i);
        }
    }
    return usage_error("expected a format ({}), found \"{}\"", output_format_words, escaped(word));
}

std::string_view output_format_name(OutputFormat format) noexcept {
    return format_names[static_cast<std::size_t>(format)];
}

void RecordWriter::write(const Record& record) {
    if (!style_.redact_keys && !style_.redact_values) {
        write_shown(record);
        return;
    }
    Record shown = record;
    const std::string key = style_.redact_keys ? redacted(record.key) : std::string{};
    const std::string value =
        style_.redact_values ? redacted(record.value.value_or(Bytes{})) : std::string{};
    if (style_.redact_keys) {
        shown.key = key;
    }
    if (style_.redact_values && record.value) {
        shown.value = value;
    }
    write_shown(shown);
}

void RecordWriter::write_shown(const Record& record) {
    switch (style_.format) {
        case OutputFormat::table: {
            Row row = make_row(record);
            if (released_) {
                write_row(row);
            } else {
                held_.push_back(std::move(row));
                if (held_.size() == rows_held_max) {
                    release_rows();
                }
            }
            break;
        }
        case OutputFormat::tsv:
            write_tsv(record);
            break;
        case OutputFormat::json:
        case OutputFormat::ndjson:
            write_json(record);
            break;
        case OutputFormat::raw:
            write_raw(record);
            break;
    }
    ++written_;
    output_.flush_if_full();
}

void RecordWriter::finish() {
    if (style_.format == OutputFormat::table) {
        release_rows();
    } else if (style_.format == OutputFormat::json) {
        output_.buffer() += written_ == 0 ? "[]\n" : "\n]\n";
    }
    output_.flush_if_full();
}

void RecordWriter::write_tsv(const Record& record) {
    std::string& out = output_.buffer();
    append_bytes(out, style_.key_format, record.key, style_.ascii);
    if (fields_.value) {
        out += '\t';
        append_bytes(out, style_.value_format, record.value.value_or(Bytes{}), style_.ascii);
    }
    if (fields_.sequence) {
        out += '\t';
        out += number_text(record.sequence.value_or(0));
    }
    if (fields_.type) {
        out += '\t';
        out += record_type_name(record.type.value_or(RecordType::put));
    }
    if (fields_.file) {
        out += '\t';
        out += number_text(record.file.value_or(0));
    }
    if (fields_.offset) {
        out += '\t';
        out += number_text(record.offset.value_or(0));
    }
    out += style_.null_ends ? '\0' : '\n';
}

void RecordWriter::write_json(const Record& record) {
    Record shown = record;
    if (!fields_.value) {
        shown.value.reset();
    }
    if (!fields_.sequence) {
        shown.sequence.reset();
    }
    if (!fields_.type) {
        shown.type.reset();
    }
    std::string& out = output_.buffer();
    if (style_.format == OutputFormat::json) {
        out += written_ == 0 ? "[\n" : ",\n";
    }
    append_json_record(out, shown, style_.json);
    if (style_.format == OutputFormat::ndjson) {
        out += style_.null_ends ? '\0' : '\n';
    }
}

void RecordWriter::write_raw(const Record& record) {
    std::string& out = output_.buffer();
    out += fields_.value ? record.value.value_or(Bytes{}) : record.key;
    if (style_.null_ends) {
        out += '\0';
    }
}

std::vector<std::string> RecordWriter::header() const {
    std::vector<std::string> cells{"KEY"};
    const auto add = [&cells](bool shown, const char* name) {
        if (shown) {
            cells.emplace_back(name);
        }
    };
    add(fields_.sequence, "SEQ");
    add(fields_.type, "TYPE");
    add(fields_.file, "FILE");
    add(fields_.offset, "OFFSET");
    add(fields_.value, "VALUE");
    return cells;
}

RecordWriter::Row RecordWriter::make_row(const Record& record) const {
    Row row;
    const auto bytes_text = [this](ByteFormat format, Bytes bytes) {
        std::string text;
        if (format == ByteFormat::esc) {
            append_word(text, bytes, style_.ascii);
        } else {
            append_bytes(text, format, bytes, style_.ascii);
        }
        return text;
    };
    row.cells.push_back(bytes_text(style_.key_format, record.key));
    if (fields_.sequence) {
        row.cells.push_back(number_text(record.sequence.value_or(0)));
    }
    if (fields_.type) {
        row.cells.emplace_back(record_type_name(record.type.value_or(RecordType::put)));
    }
    if (fields_.file) {
        row.cells.push_back(number_text(record.file.value_or(0)));
    }
    if (fields_.offset) {
        row.cells.push_back(number_text(record.offset.value_or(0)));
    }
    if (fields_.value) {
        const Bytes value = record.value.value_or(Bytes{});
        const bool cut = style_.columns != 0 && value.size() > value_bytes_shown;
        row.value_size = value.size();
        row.cells.push_back(record.type == RecordType::del
                                ? std::string{}
                                : bytes_text(style_.value_format,
                                             cut ? value.substr(0, value_bytes_shown) : value));
    }
    return row;
}

void RecordWriter::release_rows() {
    if (released_ || (held_.empty() && written_ == 0)) {
        return;
    }
    released_ = true;
    const std::vector<std::string> names = header();
    for (const std::string& name : names) {
        widths_.push_back(name.size());
    }
    for (const Row& row : held_) {
        for (std::size_t i = 0; i < widths_.size(); ++i) {
            widths_[i] = std::max(widths_[i], display_width(row.cells[i]));
        }
    }
    // One long key must not push all values off the screen.
    if (style_.columns != 0) {
        widths_[0] = std::min(widths_[0], style_.columns / 2);
    }
    std::string& out = output_.buffer();
    out += style_.color ? bold : "";
    for (std::size_t i = 0; i < names.size(); ++i) {
        out += names[i];
        if (i + 1 < names.size()) {
            out.append(widths_[i] - std::min(widths_[i], names[i].size()), ' ');
            out += gap;
        }
    }
    out += style_.color ? plain : "";
    out += '\n';
    for (const Row& row : held_) {
        write_row(row);
    }
    held_.clear();
}

void RecordWriter::write_row(const Row& row) {
    std::string& out = output_.buffer();
    std::size_t used = 0;
    const std::size_t last = row.cells.size() - 1;
    for (std::size_t i = 0; i < last; ++i) {
        const std::size_t width = display_width(row.cells[i]);
        out += row.cells[i];
        out.append(widths_[i] - std::min(widths_[i], width), ' ');
        out += gap;
        used += std::max(widths_[i], width) + gap.size();
    }
    const std::string& cell = row.cells[last];
    const std::size_t room =
        style_.columns == 0
            ? cell.size()
            : std::max(style_.columns - std::min(style_.columns, used), value_width_min);
    if (!fields_.value || (display_width(cell) <= room && row.value_size <= value_bytes_shown)) {
        out += cell;
    } else {
        const std::string size = fmt::format(" ({})", size_text(row.value_size));
        const std::size_t kept = room - std::min(room, size.size() + 1);
        out += cell.substr(0, fit_width(cell, kept));
        out += "\xe2\x80\xa6";
        out += style_.color ? dim : "";
        out += size;
        out += style_.color ? plain : "";
    }
    out += '\n';
    output_.flush_if_full();
}

}  // namespace strata::tools
