// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/facts.hpp"
#include "version/runs.hpp"

#include <strata/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Decides what to merge next, from facts alone: no files, no clock, no locks. The policy is lazy
/// leveling (Dayan and Idreos, SIGMOD 2018): tiers of runs of about the same size above one large
/// last run. With N bytes of live data, flushes of B bytes and the wanted ratio s of stored to live
/// bytes, each byte is written once by the flush, about once per tier, log4((s - 1) N / 4 B) of
/// them, and about 1 + 1 / (s - 1) times into the last run; while 4 B exceeds (s - 1) N the last
/// term is 1 + N / 4 B instead.
namespace strata {

/// Runs of one tier that make one run of the next.
inline constexpr std::size_t runs_per_tier = 4;

/// One run as the picker sees it. It borrows the facts.
struct RunShape {
    std::uint32_t tier = 0;
    bool busy = false;  ///< an input of a merge that is under way
    std::vector<const TableFacts*> tables{};
};

/// All runs, newest first.
using VersionShape = std::vector<RunShape>;

struct PickOptions {
    double space_amp = 1.25;                              ///< wanted stored / live bytes, above 1
    std::uint64_t flush_bytes = std::uint64_t{64} << 20;  ///< of a memtable
    std::uint64_t table_bytes = std::uint64_t{64} << 20;  ///< at which merges cut their tables
    /// Tombstones up to this sequence can go: min(oldest snapshot, safe sequence).
    Sequence droppable = sequence_max;
    bool idle = false;  ///< nothing was written for a while, so there is time for small merges
};

enum class PlanReason : std::uint8_t {
    tier,        ///< a tier has enough runs
    space,       ///< what lies above the last run is too much of it
    tombstones,  ///< deletes hide much of the last run, or fill tables of it
    manual,      ///< somebody asked
};

/// Merge neighbouring runs into one, which takes their place.
struct Plan {
    std::size_t first = 0;   ///< index of the newest input
    std::size_t count = 0;   ///< inputs: runs first to first + count - 1
    std::uint32_t tier = 0;  ///< of the output
    bool oldest = false;     ///< no run is older than the output
    PlanReason reason = PlanReason::tier;
    /// Tables whose entries are merged into new ones; may be empty: the runs are only joined.
    std::vector<std::uint64_t> rewrite{};
    /// Tables that the output takes over as they are, in key order: none overlaps another input.
    std::vector<std::uint64_t> keep{};

    friend bool operator==(const Plan&, const Plan&) = default;
};

/// What to do now; empty: nothing. Rules, the first that applies wins:
///
/// Rule 1: what lies above the last run, plus what its deletes hide there, is (space_amp - 1) or
///         more of the last run's bytes, and there are four runs above it, or bytes of four
///         flushes, or the store is idle: everything merges into the last run. The second
///         condition keeps small stores from rewriting themselves at each flush.
/// Rule 2: deletes above the last run are half of its entries or more: the same.
/// Rule 3: four neighbouring runs of a tier become one of the next, lowest tier first; smaller runs
///         among them come along. Where the next tier is the last one, everything older too.
/// Rule 4: tables of the last run that deletes fill by 30 % or more, all of which can go, are
///         rewritten alone.
///
/// An output that no run is older than is the last run. Busy runs are never inputs, and rules 1 and
/// 2 wait for them. Tables that overlap no other input are kept instead of rewritten, so a load in
/// key order is written once; only small ones next to other rewritten ones are not, so that small
/// tables grow.
[[nodiscard]] std::optional<Plan> pick(const VersionShape& shape, const PickOptions& options);

/// Everything into the last run, each table rewritten. Empty when there is no run or one is busy.
[[nodiscard]] std::optional<Plan> plan_full(const VersionShape& shape);

}  // namespace strata
