// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record.hpp"

#include <strata/batch.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Reading of records from untrusted text, one line at a time. Errors are invalid_argument and
/// name the column.
namespace strata::tools {

/// A JSON string, or {"b64":"..."}.
Result<std::string> parse_json_bytes(std::string_view text, std::size_t column = 1);

/// The record object of record.hpp. "seq", "file", "run" and "offset" are read over: a record that
/// is written again gets its own. Unknown fields are refused, not lost.
Result<OwnedRecord> parse_json_record(std::string_view line);

/// A line of a batch: a record, or conditions {"if":{"key":Bytes,"absent":true}} with "seq":n or
/// "value":Bytes in place of "absent"; several in an array.
using BatchLine = std::variant<OwnedRecord, std::vector<Condition>>;
Result<BatchLine> parse_json_batch_line(std::string_view line);

/// Streams of records that a server sends end with {"end":true,"count":n}: the count, or empty for
/// a line that is something else. An error for {"error":...}, with which a stream breaks off.
Result<std::optional<std::uint64_t>> parse_stream_end(std::string_view line);

/// KEY TAB VALUE, both in the text form of escape.hpp. Raw control characters are refused: they
/// come from another kind of file.
Result<OwnedRecord> parse_tsv_record(std::string_view line);

}  // namespace strata::tools
