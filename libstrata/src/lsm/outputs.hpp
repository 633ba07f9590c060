// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compact/sink.hpp"
#include "lsm/store_core.hpp"
#include "table/facts.hpp"

#include <cstdint>
#include <vector>

/// What flushes and merges of a store have in common: where their tables go, and what becomes of
/// them when they cannot be installed.
namespace strata {

/// Tables of a run of `tier`: the youngest tier is not compressed, since it is soon merged again,
/// and has more filter bits, since every read asks it; the last run has fewer.
[[nodiscard]] SinkOptions sink_options(StoreCore& core, std::uint32_t tier);

/// Unlinks tables that no manifest names, unless the store is latched: then one may name them.
void discard_outputs(StoreCore& core, const std::vector<TableFacts>& tables);

}  // namespace strata
