// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/bounds.hpp"
#include "lsm/read_recorder.hpp"
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
/// first answer wins, and a tombstone is an answer. A recorder hears of every step.
Result<std::optional<Value>> get_in(const ViewPtr& view, Bytes key, Sequence at,
                                    ReadRecorder* recorder = nullptr);

/// One cursor over all layers that overlap the bounds. It borrows from the view, and from the
/// recorder if there is one.
[[nodiscard]] std::unique_ptr<Cursor> entries_in(const ReadView& view, const VisibleBounds& bounds,
                                                 ReadRecorder* recorder = nullptr);

/// What a read that names a sequence, or a snapshot, or neither, is of. `limit` is the sequence
/// that was visible before the view was taken, `newest` the one after: the view has everything up
/// to the first, so a named sequence is compared with that.
struct ReadPoint {
    const Snapshot* snapshot = nullptr;
    std::optional<Sequence> at{};
    Sequence limit = 0;
    Sequence newest = 0;
};

/// The sequence to read at. invalid_argument when it was not reached yet, gap when it lies below
/// the view's history floor.
Result<Sequence> sequence_of(const ReadView& view, const ReadPoint& point);

/// With all_versions every version not above `at`, else what is visible at it. `closed` turns true
/// when the store closes; the iterator then says closed.
Result<std::unique_ptr<Iterator>> scan_in(const ViewPtr& view, const ScanOptions& options,
                                          Sequence at,
                                          std::shared_ptr<const std::atomic<bool>> closed);

/// From the facts of tables and memtables, without reading data blocks.
Result<RangeEstimate> estimate_in(const ReadView& view, const ScanOptions& options);

/// Newest first.
std::vector<RunInfo> runs_in(const ReadView& view);

[[nodiscard]] Error closed_store_error();

}  // namespace strata
