// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/problem.hpp"
#include "serve/request.hpp"
#include "serve/service.hpp"

#include <strata/bytes.hpp>
#include <strata/options.hpp>

#include <optional>

/// Which keys a token may touch.
namespace strata::tools {

[[nodiscard]] inline bool may_use(const Request& request, Bytes key) noexcept {
    return key.starts_with(request.identity->prefix);
}

/// 403 for a key outside the token's prefix, which the answer does not tell.
[[nodiscard]] Problem outside_prefix(Bytes key);

/// Narrows a range to the token's prefix; a refusal when no key of the range begins with it.
[[nodiscard]] std::optional<Problem> narrow(const Request& request, ScanOptions& range);

/// The problem of a failed read; one about history says from where on there is some.
[[nodiscard]] Problem read_problem(Service& service, const Error& error);

}  // namespace strata::tools
