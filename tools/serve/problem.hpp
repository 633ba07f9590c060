// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/request.hpp"
#include "serve/response.hpp"

#include <strata/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Refusals and failures as the one document that all routes answer with (RFC 9457):
///     {"type":"urn:strata:error:conflict","title":"...","status":412,"detail":"...",
///      "code":"conflict","key":"...","seq":7}
namespace strata::tools {

struct Problem {
    int status = 500;
    std::string_view code = "internal";  ///< static text: a word that programs compare
    std::string detail{};                ///< one line: what, where, expected, found, what next
    std::optional<std::string> key{};    ///< the key it is about
    std::optional<Sequence> seq{};       ///< the sequence that the key, or the store, is at
    std::optional<Sequence> oldest{};    ///< of a gap: the oldest sequence that can be read at
    /// Of a write that failed: "rejected", nothing was written; "unknown", perhaps it was.
    std::string_view outcome{};
    std::string more{};  ///< further members, each with a comma in front
};

[[nodiscard]] Problem problem_of(const Error& error);
/// Of a write: with its outcome, and 503 where the store is what failed.
[[nodiscard]] Problem write_problem_of(const Error& error);

[[nodiscard]] Problem bad_request(std::string detail);
/// What parsing something that the client sent ended with.
[[nodiscard]] Problem bad_request(const Error& error);

/// A short name of a code, for people; "Error" for a word that is none.
[[nodiscard]] std::string_view problem_title(std::string_view code) noexcept;

/// Every code there is.
[[nodiscard]] std::vector<std::string_view> problem_codes();

/// Appends the document, without a line end.
void append_problem(std::string& out, const Problem& problem);
[[nodiscard]] Response problem_answer(const Problem& problem);

/// Whether a client of the published dialects asks for the document all the same.
[[nodiscard]] bool wants_document(const Request& request) noexcept;
[[nodiscard]] Response text_answer(int status, std::string_view text);
/// For the two published dialects: plain text, unless the client asks for the document.
[[nodiscard]] Response plain_answer(const Request& request, const Problem& problem);

}  // namespace strata::tools
