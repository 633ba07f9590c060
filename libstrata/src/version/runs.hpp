// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The runs of a store as facts, without files: what the manifest stores and what every rule about
/// tables is written against.
namespace strata {

/// Tier of the last run, the one that holds each key once and that all others end in. Tiers 0 to 6
/// lie above it; four runs of one tier make one of the next, so a run of tier 6 holds 4096 flushes,
/// a quarter of a TiB with memtables of 64 MiB.
inline constexpr std::uint32_t tier_last = 7;

/// Tables with disjoint key ranges, keys ascending: searched as one.
struct RunFacts {
    std::uint32_t tier = 0;  ///< 0 holds flushes; tier_last only the oldest run
    std::vector<TableFacts> tables{};

    friend bool operator==(const RunFacts&, const RunFacts&) = default;
};

/// Says which invariant the runs, newest first, break first and where; empty when all hold.
///
/// Invariant 1: every run has a table.
/// Invariant 2: a table has entries, not more deletes than entries, and a length.
/// Invariant 3: key_min <= key_max, both with 1 to key_size_max bytes.
/// Invariant 4: 1 <= sequence_min <= sequence_max <= sequence_max of all stores.
/// Invariant 5: in a run, each table's key_max is below the next one's key_min.
/// Invariant 6: no number is used twice.
/// Invariant 7: tiers are at most tier_last, and only the oldest run has that one. (They mostly
///              rise from newest to oldest; a merge of new runs that ends before one of older
///              runs does is why they need not.)
/// Invariant 8: every sequence of a run is greater than every sequence of the runs below it, so
///              that the first run with a version of a key has its newest.
[[nodiscard]] std::optional<std::string> find_broken_invariant(const std::vector<RunFacts>& runs);

}  // namespace strata
