// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace strata {

/// What a flush or a merge must respect. The snapshots were copied after its inputs were fixed:
/// a later snapshot sees every version in the inputs, hence the newest of each key.
struct KeepLimits {
    std::vector<Sequence> snapshots{};  ///< registered sequences, ascending
    /// Tombstones above it stay, for followers that have not read so far.
    Sequence safe_sequence = sequence_max;
    /// Whether a run older than the inputs may have a version of the key: true when in doubt. It is
    /// called with keys in ascending order, possibly several times with one.
    std::function<bool(Bytes)> older_may_contain{};
};

/// Decides which versions survive a flush or a merge. Pure: no files, no clock, no locks.
///
/// It is fed every version of the inputs in entry order, so the newest of a key first. With s the
/// sequence of a version and n that of the next newer one of the same key in the inputs:
///
/// Rule 1: the newest version of a key in the inputs stays.
/// Rule 2: an older one stays if a snapshot q needs it, s <= q < n. A read at q finds the version
///         with the greatest sequence that is not above q, so no other read can tell.
/// Rule 3: a tombstone goes, against rules 1 and 2, when no older run may contain the key and s is
///         at most the safe sequence and every snapshot. The versions below it in the inputs go by
///         rule 2, since no snapshot lies below s; so nothing is left for it to hide, and a read
///         that would have met it finds nothing, which means the same.
///
/// A version that stays keeps its sequence.
class KeepRule {
  public:
    explicit KeepRule(KeepLimits limits);

    /// Whether the version goes into the output.
    [[nodiscard]] bool keep(const Entry& entry);

    /// The least sequence from which on all reads still find what they should, as far as what was
    /// dropped so far is concerned; 0 when nothing was. A version s that goes by rule 2 would have
    /// answered reads at s to n - 1, so it raises the floor to n. A tombstone that goes by rule 3
    /// raises nothing: reads that would have met it find nothing, as before.
    [[nodiscard]] Sequence history_floor() const noexcept { return history_floor_; }

    [[nodiscard]] std::uint64_t kept() const noexcept { return kept_; }
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

  private:
    [[nodiscard]] bool tombstone_may_go(const Entry& entry) const;
    [[nodiscard]] bool snapshot_between(Sequence from, Sequence below) const noexcept;

    KeepLimits limits_;
    Sequence tombstone_limit_;  ///< min(safe sequence, oldest snapshot)
    std::string key_;           ///< of the version fed last; empty before the first
    Sequence newer_ = 0;        ///< its sequence
    Sequence history_floor_ = 0;
    std::uint64_t kept_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace strata
