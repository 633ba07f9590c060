// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/response.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The first lines of an answer.
namespace strata::tools {

/// "Not Found"; "Status" for a number that has no name here.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

/// What the network side knows of an answer besides the answer.
struct AnswerFrame {
    std::string_view date{};                ///< as HTTP writes it
    std::string_view allow_origin{};        ///< value of Access-Control-Allow-Origin; empty: none
    std::optional<std::uint64_t> length{};  ///< of the body; unset: chunks, or up to the end
    bool http11 = true;                     ///< else HTTP/1.0, which knows no chunks
    bool keep_alive = true;
};

/// Appends everything up to the empty line.
void append_answer_head(std::string& out, const Response& response, const AnswerFrame& frame);

/// Whether an answer of this status has a body at all.
[[nodiscard]] inline bool status_has_body(int status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

/// "Fri, 20 Nov 2026 19:38:40 GMT" of seconds since 1970.
[[nodiscard]] std::string http_date(std::int64_t seconds);

}  // namespace strata::tools
