// SPDX-License-Identifier: Apache-2.0
#include "serve/problem.hpp"

#include "common/json.hpp"
#include "serve/header_fields.hpp"

#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view document_type = "application/problem+json";

struct Title {
    std::string_view code;
    std::string_view title;
};

constexpr Title titles[] = {
    {"bad-request", "The request is not well-formed"},
    {"busy", "The server is busy"},
    {"closed", "The server takes no such requests now"},
    {"conflict", "A condition of the request does not hold"},
    {"corrupt", "Bytes on disk are not what was written"},
    {"forbidden", "This is not allowed"},
    {"gap", "The history asked for is no longer kept"},
    {"internal", "The server broke a promise of its own"},
    {"io", "The operating system refused"},
    {"method-not-allowed", "The path does not know this method"},
    {"no-space", "The disk is full"},
    {"not-found", "There is no such thing"},
    {"range", "The value ends before the range begins"},
    {"rate-limited", "Too many requests"},
    {"read-only", "The store is served for reading only"},
    {"timeout", "The request took too long"},
    {"too-large", "The request is too large"},
    {"unauthorized", "A token is required"},
    {"unsupported", "The server does not know this"},
    {"unsupported-media-type", "The body has a type that is not read here"},
};

int status_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_argument:
            return 400;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::read_only:
            return 403;
        case ErrorCode::conflict:
            return 412;
        case ErrorCode::gap:
            return 410;
        case ErrorCode::unsupported:
            return 501;
        case ErrorCode::busy:
        case ErrorCode::closed:
            return 503;
        case ErrorCode::no_space:
            return 507;
        case ErrorCode::io:
        case ErrorCode::corruption:
        case ErrorCode::internal:
            return 500;
    }
    return 500;
}

}  // namespace

std::string_view problem_title(std::string_view code) noexcept {
    for (const Title& title : titles) {
        if (title.code == code) {
            return title.title;
        }
    }
    return "Error";
}

std::vector<std::string_view> problem_codes() {
    std::vector<std::string_view> codes;
    for (const Title& title : titles) {
        codes.push_back(title.code);
    }
    return codes;
}

Problem problem_of(const Error& error) {
    return {.status = status_of(error.code),
            .code = error_code_name(error.code),
            .detail = error.message};
}

Problem write_problem_of(const Error& error) {
    Problem problem = problem_of(error);
    if (problem.status == 500) {
        problem.status = 503;
    }
    if (problem.status > 500) {
        problem.outcome = error.outcome_unknown ? "unknown" : "rejected";
    }
    return problem;
}

Problem bad_request(std::string detail) {
    return {.status = 400, .code = "bad-request", .detail = std::move(detail)};
}

Problem bad_request(const Error& error) { return bad_request(error.message); }

void append_problem(std::string& out, const Problem& problem) {
    JsonObject object{out};
    object.text("type", "urn:strata:error:" + std::string{problem.code});
    object.text("title", problem_title(problem.code));
    object.number("status", static_cast<unsigned>(problem.status));
    object.text("detail", problem.detail);
    object.text("code", problem.code);
    if (problem.key) {
        object.bytes("key", *problem.key);
    }
    if (problem.seq) {
        object.number("seq", *problem.seq);
    }
    if (problem.oldest) {
        object.number("oldest", *problem.oldest);
    }
    if (!problem.outcome.empty()) {
        object.text("outcome", problem.outcome);
    }
    out += problem.more;
}

Response problem_answer(const Problem& problem) {
    Response response;
    response.status = problem.status;
    response.content_type = document_type;
    append_problem(response.body, problem);
    response.body += '\n';
    if (problem.status == 503) {
        response.headers.emplace_back("Retry-After", "1");
    }
    if (problem.status == 401) {
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
    }
    return response;
}

bool wants_document(const Request& request) noexcept { return accepts(request, document_type); }

Response text_answer(int status, std::string_view text) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::string{text} + "\n";
    return response;
}

Response plain_answer(const Request& request, const Problem& problem) {
    return wants_document(request) ? problem_answer(problem)
                                   : text_answer(problem.status, problem.detail);
}

}  // namespace strata::tools
