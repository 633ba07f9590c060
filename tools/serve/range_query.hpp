// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/glob.hpp"
#include "serve/problem.hpp"
#include "serve/request.hpp"
#include "serve/service.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The range of keys that a request is about: prefix, from, to, after, reverse, at, match, limit.
namespace strata::tools {

struct KeyRange {
    ScanOptions scan{};
    std::optional<Glob> glob{};
    std::optional<std::uint64_t> limit{};
    bool bounded = false;  ///< the request names a bound that leaves keys out
};

/// Reads the range out of the query, and narrows it to the token's prefix.
[[nodiscard]] std::optional<Problem> read_range(const Request& request, KeyRange& range);

/// A walk whose state does not change.
struct Walk {
    std::unique_ptr<Iterator> iterator{};
    Sequence sequence = 0;  ///< what it sees: everything up to here
};

/// Begins a walk at range.scan.at, or at the present.
Result<Walk> begin_walk(Store& store, const ScanOptions& scan);

/// Where a page ended.
struct Cursor {
    Sequence sequence = 0;
    std::string key{};
};

/// One word without meaning to clients. It is bound to the range that it goes on with.
[[nodiscard]] std::string cursor_text(const Cursor& cursor, const KeyRange& range);
/// Empty when the text is no cursor of this range.
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text, const KeyRange& range);

}  // namespace strata::tools
