// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"
#include "inspect/segment_survey.hpp"
#include "version/manifest.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Reading a store's whole log as far as it can be read: everything before the first damage, then,
/// marked, the batches of later frames that verify. Recovery never does that; repair does.
namespace strata {

/// What is known of the log; all of it may be missing.
struct LogSurveyInput {
    std::optional<StoreId> store{};      ///< segments of other stores are not read
    const Manifest* manifest = nullptr;  ///< the newest that can be read
    bool manifest_is_newest = true;      ///< false: segments that it does not name count too
    Sequence last_in_tables = 0;         ///< greatest known; 0: unknown
};

struct LogSurvey {
    std::vector<LogGap> gaps{};
    std::vector<Finding> damage{};  ///< that costs no operation
    /// The end of the log, when it looks as an interrupted write leaves it: first is the sequence
    /// that would have come next. Damage to the last synced frames may look the same.
    std::optional<LogGap> torn{};
    std::vector<std::uint64_t> segments{};  ///< numbers of those that were read
    std::vector<std::string> strangers{};   ///< paths of segments of other stores
    Sequence last = 0;                      ///< greatest sequence that is known to have been
    std::uint64_t batches = 0;
    std::uint64_t operations = 0;
    std::uint64_t batches_behind_gap = 0;
};

/// Calls `take` for each batch; their sequences ascend. Takes no lock and writes nothing. An error
/// is one of `take`, or of a file that cannot be read at all.
[[nodiscard]] Result<LogSurvey> survey_log(FileSystem& files, const std::string& directory,
                                           const LogSurveyInput& input,
                                           const std::function<Status(const SurveyedBatch&)>& take);

}  // namespace strata
