// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/batch.hpp>
#include <strata/bytes.hpp>

#include <optional>
#include <string>

/// What a batch is on the wire.
namespace strata::tools {

/// Lines as POST /v1/batch takes them: conditions, then records.
void append_batch_lines(std::string& out, const Batch& batch);

/// A put of one key, whose value can go as it is.
struct SinglePut {
    Bytes key{};
    Bytes value{};
    /// A condition on this key that a header can carry: "If-Match: .." or "If-None-Match: *".
    std::string header{};
};

/// Empty when the batch is anything else.
[[nodiscard]] std::optional<SinglePut> single_put(const Batch& batch);

}  // namespace strata::tools
