// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a read did, or what a write would do, step by step. Plain data, for people and programs.
namespace strata {

/// One layer that was asked, or one stage of a write, in the order in which it happens.
struct ExplainStep {
    /// Of a read: memtable, sealed memtable, run. Of a write: batch, condition, key, queue, pacing,
    /// memtable, log, sync, store.
    std::string layer{};
    std::string file{};                   ///< the table or log segment; empty: none
    std::optional<std::uint64_t> run{};   ///< RunInfo::number
    std::optional<std::uint64_t> tier{};  ///< of that run
    std::string verdict{};            ///< a few words: "found", "tombstone", "filter says no", ...
    std::string detail{};             ///< why, with numbers; may be empty
    std::uint64_t entries = 0;        ///< versions that were looked at, of a scan
    std::uint64_t blocks_cached = 0;  ///< data blocks that the cache had
    std::uint64_t blocks_read = 0;    ///< data blocks that were read from the file
    std::uint64_t bytes_read = 0;     ///< of those, as stored
    std::uint64_t nanoseconds = 0;
};

struct Explanation {
    std::vector<ExplainStep> steps{};
    Sequence at = 0;             ///< the sequence that was read at; of a write the last one so far
    Sequence history_floor = 0;  ///< of the view that was read
    std::string outcome{};       ///< one line
    /// Why a read did not come to its end, such as corruption in the layer of the last step.
    std::optional<Error> error{};

    bool found = false;            ///< of a get
    Sequence sequence = 0;         ///< of the version found, or of the tombstone
    std::uint64_t value_size = 0;  ///< bytes

    std::uint64_t records = 0;  ///< of a scan
    /// Versions that the answer hides: older ones of the same keys. Of a get they are counted
    /// afterwards in the layers that the read itself did not ask; of a scan as it stepped over
    /// them.
    std::uint64_t shadowed = 0;
    std::uint64_t too_new = 0;     ///< versions above `at`
    std::uint64_t tombstones = 0;  ///< deletions that answered, or were stepped over
    std::uint64_t jumps = 0;       ///< seeks of a scan past many versions of one key, not counted
    std::uint64_t nanoseconds = 0;
};

}  // namespace strata
