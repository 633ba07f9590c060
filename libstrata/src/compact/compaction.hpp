// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compact/picker.hpp"
#include "entry/cursor.hpp"
#include "table/facts.hpp"
#include "version/version.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Between plans, which know numbers, and versions, which hold tables.
namespace strata {

/// The facts of a version for the picker. They borrow from `version`.
[[nodiscard]] VersionShape shape_of(const Version& version,
                                    const std::function<bool(const Run*)>& is_busy);

/// A plan bound to the version it was made for: holds the inputs and says everything that running
/// it takes. Immutable, so any thread may ask.
class Compaction {
  public:
    /// `plan` was picked from shape_of(*version).
    Compaction(std::shared_ptr<const Version> version, Plan plan);

    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
    /// True when no entry needs to be read: apply edit({}) at once.
    [[nodiscard]] bool is_join() const noexcept { return plan_.rewrite.empty(); }
    /// To be held busy until the edit is applied or the compaction is given up.
    [[nodiscard]] const std::vector<std::shared_ptr<const Run>>& inputs() const noexcept {
        return inputs_;
    }

    /// Over the entries of all tables to be rewritten. Not for a join.
    [[nodiscard]] std::unique_ptr<Cursor> cursor() const;
    /// For KeepLimits: whether a run below the inputs has a table with the key in its range. The
    /// function holds the version.
    [[nodiscard]] std::function<bool(Bytes)> older_may_contain() const;
    /// For SinkOptions: the least keys of the tables that are kept.
    [[nodiscard]] std::vector<std::string> boundaries() const;
    /// For TableBuilderOptions: when the oldest tombstone in the tables to be rewritten was
    /// written; 0: there is none.
    [[nodiscard]] std::uint64_t tombstone_oldest_ms() const;
    /// Bytes of the tables to be rewritten.
    [[nodiscard]] std::uint64_t bytes() const;

    /// Replaces the inputs by the kept tables and `outputs`, in one run.
    [[nodiscard]] VersionEdit edit(
        const std::vector<std::shared_ptr<const LiveTable>>& outputs) const;

  private:
    std::shared_ptr<const Version> version_;
    Plan plan_;
    std::vector<std::shared_ptr<const Run>> inputs_{};
    std::vector<std::shared_ptr<const Run>> rewrite_{};     ///< tables to rewrite, by input
    std::vector<std::shared_ptr<const LiveTable>> kept_{};  ///< keys ascending
};

/// For a flush: whether any run of the version has a table with the key in its range. Every older
/// memtable must be in the version already. The function holds the version.
[[nodiscard]] std::function<bool(Bytes)> runs_may_contain(std::shared_ptr<const Version> version);

/// The edit of a flush; `tables` may be empty when nothing was kept.
[[nodiscard]] VersionEdit flush_edit(std::vector<std::shared_ptr<const LiveTable>> tables);

}  // namespace strata
