// SPDX-License-Identifier: Apache-2.0
#include "serve/body.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "serve/header_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

// At least the number of values: each but the first follows one of these. Those inside of strings
// count too, so text is limited somewhat earlier than it must be.
std::size_t values_at_most(std::string_view body) noexcept {
    return 1 + static_cast<std::size_t>(std::count_if(body.begin(), body.end(), [](char byte) {
               return byte == ',' || byte == '[' || byte == ':' || byte == '{';
           }));
}

}  // namespace

Result<boost::json::object> parse_body(std::string_view body) {
    if (body.empty()) {
        return usage_error("the body is empty; expected a JSON object");
    }
    if (body.size() > json_values_max && values_at_most(body) > json_values_max) {
        return usage_error("the document has more than {} values; send it in parts",
                           json_values_max);
    }
    boost::json::value value = STRATA_TRY(parse_json(body));
    if (!value.is_object()) {
        return usage_error("column 1: expected an object, found {}", json_kind(value));
    }
    return std::move(value.get_object());
}

bool is_lines(const Request& request) {
    const std::string_view type = content_type(request);
    return same_type(type, ndjson_type) || same_type(type, "application/ndjson") ||
           same_type(type, "application/jsonl");
}

std::optional<Problem> check_body_type(const Request& request, bool lines_too) {
    constexpr std::size_t shown_max = 80;
    const std::string_view type = content_type(request);
    if (lines_too && is_lines(request)) {
        return std::nullopt;
    }
    if (type.empty() || same_type(type, json_type)) {
        if (request.body.size() <= json_document_max) {
            return std::nullopt;
        }
        return Problem{
            .status = 413,
            .code = "too-large",
            .detail = fmt::format("the document has {} bytes, at most {} are read{}",
                                  request.body.size(), json_document_max,
                                  lines_too ? "; lines (application/x-ndjson) may be more" : "")};
    }
    return Problem{.status = 415,
                   .code = "unsupported-media-type",
                   .detail = fmt::format("Content-Type: expected {}{}, found {}", json_type,
                                         lines_too ? " or application/x-ndjson" : "",
                                         escaped(type.substr(0, shown_max)))};
}

}  // namespace strata::tools
