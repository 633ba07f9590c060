// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/byte_format.hpp"
#include "common/json.hpp"
#include "common/output.hpp"
#include "common/record.hpp"

#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Records as a table for people, or as lines for other programs.
namespace strata::tools {

enum class OutputFormat : std::uint8_t {
    table,   ///< aligned columns with a header; long values are cut
    tsv,     ///< key TAB value, one record per line, nothing cut, no header
    json,    ///< one document
    ndjson,  ///< one object per line
    raw,     ///< value bytes only, nothing added
};

inline constexpr std::string_view output_format_words = "table|tsv|json|ndjson|raw";

Result<OutputFormat> parse_output_format(std::string_view word);
[[nodiscard]] std::string_view output_format_name(OutputFormat format) noexcept;

/// A document or lines of objects.
[[nodiscard]] constexpr bool is_json(OutputFormat format) noexcept {
    return format == OutputFormat::json || format == OutputFormat::ndjson;
}

struct OutputStyle {
    OutputFormat format = OutputFormat::tsv;
    ByteFormat key_format = ByteFormat::esc;
    ByteFormat value_format = ByteFormat::esc;
    JsonStyle json{};
    bool ascii = false;  ///< escape everything beyond ASCII
    bool color = false;
    std::size_t columns = 0;     ///< of the terminal, for tables; 0: no limit
    bool null_ends = false;      ///< records end with NUL instead of a line end
    bool redact_keys = false;    ///< show redacted() in place of keys
    bool redact_values = false;  ///< and of values
};

/// Which fields of a record are shown, beside the key.
struct RecordFields {
    bool value = true;
    bool sequence = false;
    bool type = false;
    bool file = false;
    bool offset = false;
};

/// Writes records one by one. A table needs the widths of its columns first, so it holds back its
/// first rows until there are rows_held_max of them, or the end.
class RecordWriter {
  public:
    RecordWriter(Output& output, const OutputStyle& style, const RecordFields& fields)
        : output_{output}, style_{style}, fields_{fields} {}
    RecordWriter(const RecordWriter&) = delete;
    RecordWriter& operator=(const RecordWriter&) = delete;
    ~RecordWriter() = default;

    void write(const Record& record);
    /// Writes what is held back, when no more comes for a while.
    void release() {
        if (style_.format == OutputFormat::table) {
            release_rows();
        }
    }
    /// Writes what is held back and what ends the document. Called once.
    void finish();

    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

  private:
    // The cells of a row, the value last and as it is, since only its end may be cut.
    struct Row {
        std::vector<std::string> cells{};
        std::uint64_t value_size = 0;
    };
    static constexpr std::size_t rows_held_max = 256;

    void write_shown(const Record& record);
    void write_tsv(const Record& record);
    void write_json(const Record& record);
    void write_raw(const Record& record);
    [[nodiscard]] Row make_row(const Record& record) const;
    [[nodiscard]] std::vector<std::string> header() const;
    void release_rows();
    void write_row(const Row& row);

    Output& output_;
    OutputStyle style_;
    RecordFields fields_;
    std::uint64_t written_ = 0;
    std::vector<Row> held_;
    std::vector<std::size_t> widths_;
    bool released_ = false;
};

}  // namespace strata::tools
