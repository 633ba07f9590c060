// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/problem.hpp"
#include "serve/request.hpp"

#include <strata/batch.hpp>

#include <optional>

namespace strata::tools {

/// Reads the body of a request into a batch: {"if":[condition...],"ops":[record...]}, or such
/// conditions and records as lines. Refuses another type of body (415), what is malformed, a batch
/// of nothing, and keys that the token does not allow (403).
[[nodiscard]] std::optional<Problem> read_batch(const Request& request, Batch& batch);

}  // namespace strata::tools
