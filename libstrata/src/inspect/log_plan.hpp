// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/segment_inspector.hpp"
#include "version/manifest.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

/// Which segments make up a log, in order, and what is known of each beforehand. Nothing here
/// writes or locks.
namespace strata {

struct PlannedSegment {
    std::string path{};
    SegmentExpectation expected{};
    Sequence last_sequence = 0;  ///< that a manifest lists; 0: unknown
};
using LogPlan = std::deque<PlannedSegment>;

/// The sealed list and the active segment of a manifest. Seals lead to what follows.
[[nodiscard]] LogPlan plan_of(const Manifest& manifest, const std::string& directory);

/// Files in the order in which they are given.
[[nodiscard]] LogPlan plan_of(const std::vector<std::string>& paths);

/// Adds what the beginning of the next segment, if it is the successor, says of this one: where
/// it ended. Damage in either only means that nothing is added.
void add_successor(FileSystem& files, PlannedSegment& segment, const PlannedSegment& next);

/// The greatest mark of 64 or more in one segment of a store with a number above `above`; empty
/// when the file is no such segment, is gone, or has no mark.
[[nodiscard]] Result<std::optional<LaterMark>> later_mark(FileSystem& files,
                                                          const std::string& path,
                                                          const StoreId& store,
                                                          std::uint64_t above);

/// The same over all segments of a directory.
[[nodiscard]] Result<std::optional<LaterMark>> greatest_later_mark(FileSystem& files,
                                                                   const std::string& directory,
                                                                   const StoreId& store,
                                                                   std::uint64_t above);

/// Number of the newest manifest of a directory, by name alone; 0: it has none.
[[nodiscard]] Result<std::uint64_t> newest_manifest_number(FileSystem& files,
                                                           const std::string& directory);

/// The segments of a directory in the order of their numbers.
[[nodiscard]] Result<std::vector<std::string>> segments_in(FileSystem& files,
                                                           const std::string& directory);

}  // namespace strata
