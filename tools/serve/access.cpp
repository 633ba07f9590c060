// SPDX-License-Identifier: Apache-2.0
#include "serve/access.hpp"

#include "common/escape.hpp"

#include <string>

namespace strata::tools {

Problem outside_prefix(Bytes key) {
    return {.status = 403,
            .code = "forbidden",
            .detail = "the token allows keys with another prefix",
            .key = std::string{key}};
}

std::optional<Problem> narrow(const Request& request, ScanOptions& range) {
    const std::string& own = request.identity->prefix;
    if (range.prefix.starts_with(own)) {
        return std::nullopt;
    }
    if (!own.starts_with(range.prefix)) {
        return Problem{.status = 403,
                       .code = "forbidden",
                       .detail = "the token allows keys with another prefix than \"" +
                                 escaped(range.prefix) + "\""};
    }
    range.prefix = own;
    return std::nullopt;
}

Problem read_problem(Service& service, const Error& error) {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::gap) {
        if (const auto stats = service.store.stats()) {
            problem.oldest = stats->history_floor;
        }
    }
    return problem;
}

}  // namespace strata::tools
