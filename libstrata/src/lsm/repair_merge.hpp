// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compact/sink.hpp"
#include "lsm/repair_sources.hpp"

#include <strata/repair.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata {

/// Merges what a repair reads: of each key the newest version is kept, unless it is a tombstone,
/// since nothing older is left for it to hide. On the way it finds the keys whose newest version
/// may be among what was lost.
class RepairMerge {
  public:
    /// `sink` may be null: nothing is written. All outlive the merge.
    RepairMerge(RepairSources& sources, const RepairOptions& options, TableSink* sink,
                RepairReport& report)
        : sources_{sources}, options_{options}, sink_{sink}, report_{report} {}

    /// Reads all sources to their ends.
    Status run();

  private:
    Status advance(RepairSource& source);
    Status take(const RepairSource& source);
    void end_key();
    void update_doubts();
    [[nodiscard]] bool is_doubtful(std::size_t loss) const;
    void tell_progress(const Entry& entry);

    RepairSources& sources_;
    const RepairOptions& options_;
    TableSink* sink_;
    RepairReport& report_;
    std::vector<RepairSource*> heap_{};  ///< the one that comes first at the front

    // The key that is gathered.
    std::string key_{};
    bool has_key_ = false;
    Sequence newest_ = 0;
    bool shown_ = false;
    bool in_unnamed_ = false;  ///< a table that is younger than the manifest has a version of it

    // Losses that may hold a version of the key that is gathered.
    std::size_t losses_seen_ = 0;
    std::vector<std::size_t> waiting_{};  ///< bounded by keys; not passed yet
    Sequence any_key_to_ = 0;             ///< greatest sequence of losses without a bound
    std::uint64_t bytes_ = 0;
    std::uint64_t told_ = 0;
};

}  // namespace strata
