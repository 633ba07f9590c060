// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/problem.hpp"
#include "serve/service.hpp"

#include <strata/batch.hpp>

#include <optional>

/// If-Match and If-None-Match of a write (RFC 9110, section 13.1) as conditions of a batch, which
/// the store judges in the order of its commits.
namespace strata::tools {

struct WriteConditions {
    bool given = false;
    bool absent = false;  ///< the write succeeds only where there was no key
};

/// Adds to `batch` what the headers require of the key; or says why the request is refused at once.
[[nodiscard]] std::optional<Problem> require_headers(Service& service, const Request& request,
                                                     Bytes key, Batch& batch,
                                                     WriteConditions& conditions);

/// 412, with the sequence that the key has now.
[[nodiscard]] Response conflict_answer(Service& service, Bytes key);

}  // namespace strata::tools
