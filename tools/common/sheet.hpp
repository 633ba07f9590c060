// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json.hpp"
#include "common/output.hpp"
#include "common/record_output.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Facts other than records, in the same formats: rows with named columns, or one object.
namespace strata::tools {

/// A number of bytes: "1.5 MiB" in a table, 1572864 elsewhere.
struct Size {
    std::uint64_t bytes = 0;
};
/// A number of things: "1,234,567" in a table, 1234567 elsewhere.
struct Count {
    std::uint64_t count = 0;
};
/// A short time: "1.53 us" in a table, 1530 elsewhere.
struct Nanoseconds {
    std::uint64_t count = 0;
};
/// A key: text form or JSON bytes.
struct KeyCell {
    std::string key{};
};
/// A value: text form or JSON bytes, as --value-format says.
struct ValueCell {
    std::string value{};
};
/// A sequence, which may exceed 2^53.
struct SequenceCell {
    Sequence sequence = 0;
};
/// A cell without a value is empty, and left out of JSON.
using Cell = std::variant<std::monostate, std::string, std::uint64_t, Size, Count, Nanoseconds,
                          KeyCell, SequenceCell, ValueCell>;

/// Rows of named cells. The format decides: an aligned table with a header, lines of TAB separated
/// cells, an array of objects, or one object per line. In a table for a terminal, text in the last
/// column goes on in the next line where it does not fit, and columns stand closer where that makes
/// them fit.
struct Sheet {
    std::vector<std::string> columns{};
    std::vector<std::vector<Cell>> rows{};
};
/// Blanks between columns of these widths on a terminal that is `room` wide (0: no limit).
[[nodiscard]] std::size_t column_gap(const std::vector<std::size_t>& widths, std::size_t room);

void print_sheet(Output& output, const OutputStyle& style, const Sheet& sheet);

/// One object: "name  value" lines, or a JSON object on one line.
using Facts = std::vector<std::pair<std::string, Cell>>;
void print_facts(Output& output, const OutputStyle& style, const Facts& facts);

/// Adds each fact to an object under its name.
void add_facts(JsonObject& object, const Facts& facts);
/// Appends the rows as an array of objects, on one line.
void append_json_rows(std::string& out, const Sheet& sheet);

}  // namespace strata::tools
