// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/invocation.hpp"
#include "common/glob.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Which records a command is about: PREFIX, --from, --to, --after, --prefix, --match, --reverse,
/// --limit.
namespace strata::tools {

struct Range {
    ScanOptions scan{};
    std::optional<Glob> glob{};
    std::uint64_t limit = 0;  ///< 0: none
};

/// The range of a command, whose first argument, if any, is a prefix. A command that names no limit
/// gets `default_limit`.
Result<Range> parse_range(const Invocation& invocation, std::uint64_t default_limit);
/// The same for a command whose prefix is another argument, or none (null).
Result<Range> parse_range_of(const Invocation& invocation, const Word* prefix_word,
                             std::uint64_t default_limit);

/// Calls `use` for each record in the range, until it returns false, the limit is reached or Ctrl-C
/// is pressed. True: the walk stopped at the limit although there is more.
Result<bool> walk(Store& store, const Range& range,
                  const std::function<bool(const Iterator&)>& use);

}  // namespace strata::tools
