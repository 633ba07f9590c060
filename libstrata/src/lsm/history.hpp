// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/read_view.hpp"

#include <strata/stats.hpp>
#include <strata/store.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace strata {

struct HistoryQuery {
    Bytes key{};
    Sequence at = 0;  ///< newer versions are left out
    HistoryOptions options{};
    /// The number of the log segment that holds an operation; empty when no live one does.
    std::function<std::optional<std::uint64_t>(Sequence)> segment_of{};
    CacheUse use = CacheUse::fill;
};

/// Every version of a key in the view, newest first. Layers are walked in the order of reads, so
/// the sequences descend from one to the next.
Result<History> history_in(const ReadView& view, const HistoryQuery& query);

}  // namespace strata
