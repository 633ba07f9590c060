// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"
#include "common/record_output.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Rows of named cells as they come, whatever their number: aligned columns with a header, TAB
/// separated cells, or JSON objects.
namespace strata::tools {

class RowWriter {
  public:
    /// A text, a number, or a sequence (--bigint); none of them: empty, and left out of JSON.
    struct Big {
        std::uint64_t number = 0;
    };
    using Value = std::variant<std::monostate, std::string, std::uint64_t, Big>;
    struct Column {
        std::string_view name;
        bool right = false;      ///< of numbers
        bool data_only = false;  ///< in JSON alone
        bool text_only = false;  ///< not in JSON
    };

    RowWriter(Output& output, const OutputStyle& style, std::vector<Column> columns)
        : output_{output}, style_{style}, columns_{std::move(columns)} {}

    void row(const std::vector<Value>& values);
    /// A line between the rows, in a table only.
    void heading(std::string text);
    /// Shows rows that wait for others to know how wide columns are.
    void release();
    /// What ends the document. Called once.
    void finish();

  private:
    struct Held {
        std::vector<std::string> cells{};  ///< none: a heading
        std::string heading{};
    };
    static constexpr std::size_t rows_held_max = 128;

    void add(Held held);
    void write_line(const Held& held);
    void write_json(const std::vector<Value>& values);
    void write_tsv(const std::vector<Value>& values);

    Output& output_;
    OutputStyle style_;
    std::vector<Column> columns_;
    std::vector<Held> held_{};
    std::vector<std::size_t> widths_{};
    std::size_t gap_ = 2;  ///< blanks between columns
    bool released_ = false;
    std::uint64_t written_ = 0;
};

}  // namespace strata::tools
