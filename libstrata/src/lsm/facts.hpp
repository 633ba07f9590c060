// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/store_core.hpp"

#include <strata/stats.hpp>

namespace strata {

/// The statistics of a running store, but for those of its commit queue.
[[nodiscard]] Stats describe(const StoreCore& core);

/// The part of statistics that a view tells: memtables, runs, tables.
void describe_view(const ReadView& view, Stats& stats);

}  // namespace strata
