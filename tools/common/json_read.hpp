// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record.hpp"

#include <boost/json.hpp>
#include <strata/batch.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Reading of untrusted JSON into what the programs work with. Errors are invalid_argument and name
/// the field, or the column of what is no JSON. Only source files that hold a document need this;
/// record_parse.hpp serves the others.
namespace strata::tools {

/// One document and nothing behind it. Nesting is limited to 32 levels.
Result<boost::json::value> parse_json(std::string_view text, std::size_t column = 1);

/// What a value is, for messages: "a string", "an object", ...
[[nodiscard]] const char* json_kind(const boost::json::value& value);

/// A string, or {"b64":"..."}.
Result<std::string> json_bytes(const boost::json::value& value, const char* field);
/// A number that is not negative, also as a string.
Result<std::uint64_t> json_number(const boost::json::value& value, const char* field);
/// The record object of record.hpp. Unknown fields are refused, not lost.
Result<OwnedRecord> json_record(const boost::json::object& object);
/// {"key":Bytes} with one of "absent":true, "seq":n, "value":Bytes.
Result<Condition> json_condition(const boost::json::value& value);

}  // namespace strata::tools
