// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"
#include "inspect/table_survey.hpp"

#include <strata/file_system.hpp>
#include <strata/repair.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata {

struct SalvageReport {
    std::uint64_t blocks = 0;
    std::uint64_t records = 0;
    std::vector<RepairLoss> losses{};
    std::vector<Finding> damage{};  ///< to footer, index or properties, which costs no record
    /// At most so many records are lost; unset: nobody knows.
    std::optional<std::uint64_t> lost_max{};
    std::string verdict{};

    [[nodiscard]] bool complete() const noexcept { return losses.empty(); }
};

/// Hands every record of a table that can be read to `take`, in entry order, and accounts for the
/// others. `survey` is a fresh one of the table. An error is one of `take`, or of a file that
/// cannot be read at all.
[[nodiscard]] Result<SalvageReport> salvage_table(TableSurvey& survey,
                                                  const std::function<Status(const Entry&)>& take);

}  // namespace strata
