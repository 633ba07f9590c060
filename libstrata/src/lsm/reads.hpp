// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/read_view.hpp"

#include <strata/options.hpp>
#include <strata/stats.hpp>
#include <strata/store.hpp>

#include <atomic>
#include <memory>
#include <optional>

/// Reading a view: the same for a store that owns its directory and one that only reads it. The
/// view is taken first and the sequence after it: the other way round, a merge could drop, between
/// the two, the version that the sequence needs.
namespace strata {

/// Newest first: active memtable, sealed ones, runs; in a run bounds, filter, index, block. The
/// first answer wins, and a tombstone is an answer.
Result<std::optional<Value>> get_in(const ViewPtr& view, Bytes key, Sequence at);

/// `closed` turns true when the store closes; the iterator then says closed.
Result<std::unique_ptr<Iterator>> scan_in(const ViewPtr& view, const ScanOptions& options,
                                          Sequence at,
                                          std::shared_ptr<const std::atomic<bool>> closed);

/// From the facts of tables and memtables, without reading data blocks.
Result<RangeEstimate> estimate_in(const ReadView& view, const ScanOptions& options);

/// Newest first.
std::vector<RunInfo> runs_in(const ReadView& view);

[[nodiscard]] Error closed_store_error();

}  // namespace strata
