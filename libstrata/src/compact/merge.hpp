// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compact/keep_rule.hpp"
#include "compact/sink.hpp"
#include "entry/cursor.hpp"
#include "table/facts.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace strata {

/// The one way from entries to tables: a flush gives the cursor of a memtable, a merge the merged
/// cursor of runs.
struct MergeInput {
    std::unique_ptr<Cursor> cursor{};
    KeepLimits limits{};
    SinkOptions sink{};
    /// Set by another thread to give up soon; may be null.
    const std::atomic<bool>* stop = nullptr;
    /// Called after about every MiB of input with the bytes since the last call; it may sleep to
    /// pace the merge. May be empty.
    std::function<void(std::uint64_t)> pace{};
};

struct MergeResult {
    bool stopped = false;              ///< nothing was made: somebody set `stop`
    std::vector<TableFacts> tables{};  ///< keys ascending, durable; empty when nothing was kept
    /// Reads below it may miss a version that was dropped here (see KeepRule::history_floor).
    Sequence history_floor = 0;
    std::uint64_t kept = 0;           ///< entries
    std::uint64_t dropped = 0;        ///< entries
    std::uint64_t bytes_read = 0;     ///< keys and values of the input
    std::uint64_t bytes_written = 0;  ///< of table files
};

/// Streams entries through the keep rule into tables. Blocks until it is done; memory is a block
/// per input and what a table builder needs. After an error, or when it was stopped, none of its
/// files is left, as far as they can be unlinked; the inputs are as they were.
[[nodiscard]] Result<MergeResult> run_merge(MergeInput input);

}  // namespace strata
