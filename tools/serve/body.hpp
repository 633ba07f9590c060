// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/json_read.hpp"
#include "serve/problem.hpp"
#include "serve/request.hpp"

#include <strata/result.hpp>

#include <optional>
#include <string_view>

/// Bodies that are read as JSON.
namespace strata::tools {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view ndjson_type = "application/x-ndjson";

/// Longest document; a document is held twice while it is read. Lines are read one by one, so a
/// body of lines may be as long as any other.
inline constexpr std::size_t json_document_max = std::size_t{16} << 20;

/// Most values in one document. A value takes some 24 bytes in memory but only two in the text, so
/// that without a limit a body would be held twelve times.
inline constexpr std::size_t json_values_max = std::size_t{1} << 20;

/// A body that is one object. Errors name the column.
Result<boost::json::object> parse_body(std::string_view body);

/// 415 when the body is said to have another type than one of these; no type at all is JSON. 413
/// for a document that is too long.
[[nodiscard]] std::optional<Problem> check_body_type(const Request& request, bool lines_too);

/// Whether the body is lines of JSON.
[[nodiscard]] bool is_lines(const Request& request);

}  // namespace strata::tools
