// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/row_writer.hpp"

#include "common/escape.hpp"
#include "common/json.hpp"
#include "common/sheet.hpp"
#include "common/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

std::string text_of(const RowWriter::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        return *text;
    }
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        return fmt::format_int{*number}.str();
    }
    const auto* big = std::get_if<RowWriter::Big>(&value);
    return big == nullptr ? std::string{} : fmt::format_int{big->number}.str();
}

}  // namespace

void RowWriter::row(const std::vector<Value>& values) {
    switch (style_.format) {
        case OutputFormat::table: {
            Held held;
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                if (!columns_[i].data_only) {
                    held.cells.push_back(text_of(values[i]));
                }
            }
            add(std::move(held));
            break;
        }
        case OutputFormat::json:
        case OutputFormat::ndjson:
            write_json(values);
            break;
        case OutputFormat::tsv:
        case OutputFormat::raw:
            write_tsv(values);
            break;
    }
    ++written_;
    output_.flush_if_full();
}

void RowWriter::heading(std::string text) {
    if (style_.format == OutputFormat::table) {
        add({.heading = std::move(text)});
    }
}

void RowWriter::add(Held held) {
    if (released_) {
        write_line(held);
        return;
    }
    held_.push_back(std::move(held));
    if (held_.size() == rows_held_max) {
        release();
    }
}

void RowWriter::release() {
    if (released_ || held_.empty()) {
        return;
    }
    released_ = true;
    Held names;
    for (const Column& column : columns_) {
        if (!column.data_only) {
            std::string name{column.name};
            std::ranges::transform(name, name.begin(), [](char letter) {
                return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A')
                       : letter == '_'                ? ' '
                                                      : letter;
            });
            widths_.push_back(name.size());
            names.cells.push_back(std::move(name));
        }
    }
    for (const Held& held : held_) {
        for (std::size_t i = 0; i < held.cells.size(); ++i) {
            widths_[i] = std::max(widths_[i], display_width(held.cells[i]));
        }
    }
    gap_ = column_gap(widths_, style_.columns);
    std::string& out = output_.buffer();
    out += style_.color ? "\x1b[1m" : "";
    write_line(names);
    if (style_.color) {
        out.insert(out.size() - 1, "\x1b[0m");
    }
    for (const Held& held : held_) {
        write_line(held);
    }
    held_.clear();
}

void RowWriter::write_line(const Held& held) {
    std::string& out = output_.buffer();
    if (held.cells.empty()) {
        out += style_.color ? "\x1b[36m" : "";
        out += held.heading;
        out += style_.color ? "\x1b[0m\n" : "\n";
        output_.flush_if_full();
        return;
    }
    std::size_t cell = 0;
    std::string line;
    for (const Column& column : columns_) {
        if (column.data_only) {
            continue;
        }
        const std::string& text = held.cells[cell];
        const std::size_t width = display_width(text);
        const std::size_t missing = widths_[cell] - std::min(widths_[cell], width);
        line.append(column.right ? missing : 0, ' ');
        line += text;
        line.append(column.right ? 0 : missing, ' ');
        line.append(gap_, ' ');
        ++cell;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line;
    out += '\n';
    output_.flush_if_full();
}

void RowWriter::write_json(const std::vector<Value>& values) {
    std::string& out = output_.buffer();
    const bool document = style_.format == OutputFormat::json;
    if (document) {
        out += written_ == 0 ? "[\n" : ",\n";
    }
    {
        JsonObject object{out, style_.json};
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].text_only) {
                continue;
            }
            if (const auto* text = std::get_if<std::string>(&values[i])) {
                object.text(columns_[i].name, *text);
            } else if (const auto* number = std::get_if<std::uint64_t>(&values[i])) {
                object.number(columns_[i].name, *number);
            } else if (const auto* big = std::get_if<Big>(&values[i])) {
                object.big_number(columns_[i].name, big->number);
            }
        }
    }
    if (!document) {
        out += '\n';
    }
}

void RowWriter::write_tsv(const std::vector<Value>& values) {
    std::string& out = output_.buffer();
    bool first = true;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].data_only) {
            continue;
        }
        out += first ? "" : "\t";
        append_escaped(out, text_of(values[i]), style_.ascii);
        first = false;
    }
    out += '\n';
}

void RowWriter::finish() {
    release();
    if (style_.format == OutputFormat::json) {
        output_.buffer() += written_ == 0 ? "[]\n" : "\n]\n";
    }
    output_.flush_if_full();
}

}  // namespace strata::tools
