// SPDX-License-Identifier: Apache-2.0
#include "http/problem.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/facts_json.hpp"
#include "common/json_members.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view problem_type = "application/problem+json";
// Of what somebody else answered, a message shows so much.
constexpr std::size_t shown_max = 60;

// What a server says is shown as it is, unless it would play tricks on a terminal.
std::string shown(std::string text) {
    const auto is_control = [](unsigned char byte) { return byte < ' ' || byte == 0x7f; };
    return std::any_of(text.begin(), text.end(), is_control) ? escaped(text) : std::move(text);
}

}  // namespace

Error error_of_problem(const boost::json::object& problem) {
    const JsonMembers members{problem};
    std::string code;
    std::string detail;
    std::string outcome;
    for (const Status& read : {members.text("code", code), members.text("detail", detail),
                               members.text("outcome", outcome)}) {
        if (!read) {
            return fail(ErrorCode::internal, "the server's problem document: {}",
                        read.error().message);
        }
    }
    if (detail.empty()) {
        detail = "the server says no more than " + escaped(code);
    }
    return Error{error_code_of(code), shown(std::move(detail)), outcome == "unknown"};
}

Error error_of(const Endpoint& endpoint, const HttpAnswer& answer) {
    if (answer.head.content_type != problem_type) {
        const std::string_view body{answer.body};
        return fail(ErrorCode::io,
                    "{}: expected an answer of strata-serve, found status {} \"{}\"; is another "
                    "server there?",
                    endpoint.name, answer.head.status, escaped(body.substr(0, shown_max)));
    }
    const auto problem = parse_json_object(answer.body);
    if (!problem) {
        return fail(ErrorCode::io, "{}: the server's problem document: {}", endpoint.name,
                    problem.error().message);
    }
    Error error = error_of_problem(*problem);
    if (answer.head.status == 401) {
        error.message = fmt::format("{}: {}; $STRATA_TOKEN or --token-file gives one",
                                    endpoint.name, error.message);
    }
    return error;
}

}  // namespace strata::tools
