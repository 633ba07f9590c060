// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "version/live_table.hpp"
#include "version/runs.hpp"

#include <strata/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata {

/// Tables with disjoint key ranges, keys ascending: searched as one. Immutable, shared by all
/// versions that have it; which run it is is its address.
class Run {
  public:
    /// The tables must be sorted by key and disjoint, at least one.
    Run(std::uint32_t tier, std::vector<std::shared_ptr<const LiveTable>> tables);

    [[nodiscard]] std::uint32_t tier() const noexcept { return tier_; }
    [[nodiscard]] const std::vector<std::shared_ptr<const LiveTable>>& tables() const noexcept {
        return tables_;
    }
    /// Of all files.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

    /// Position of the first table whose key_max is not below `key`: tables().size() when there is
    /// none. Its key_min may be above `key`.
    [[nodiscard]] std::size_t lower_bound(Bytes key) const noexcept;
    /// The one table whose range holds the key, or null.
    [[nodiscard]] const LiveTable* find(Bytes key) const noexcept;

    [[nodiscard]] RunFacts facts() const;

  private:
    std::uint32_t tier_;
    std::uint64_t bytes_ = 0;
    std::vector<std::shared_ptr<const LiveTable>> tables_;
    /// First 8 bytes of each key_max as a big-endian number: nearly every step of the binary search
    /// is decided here, without a miss on the key itself.
    std::vector<std::uint64_t> heads_;
};

/// The tables of a store at one moment: immutable, shared by every read that began then.
class Version {
  public:
    Version() = default;
    explicit Version(std::vector<std::shared_ptr<const Run>> runs);
    /// From a manifest, whose invariants hold; opens nothing.
    Version(const std::vector<RunFacts>& runs, const std::shared_ptr<const TableContext>& context);

    /// Newest first.
    [[nodiscard]] const std::vector<std::shared_ptr<const Run>>& runs() const noexcept {
        return runs_;
    }
    /// For the next manifest.
    [[nodiscard]] std::vector<RunFacts> facts() const;
    /// Which invariant of runs (see find_broken_invariant) is broken; empty: all hold.
    [[nodiscard]] std::optional<std::string> check() const;

  private:
    std::vector<std::shared_ptr<const Run>> runs_{};
};

/// Replaces neighbouring runs by one. Without inputs the output becomes the newest run: a flush.
struct VersionEdit {
    std::vector<std::shared_ptr<const Run>> inputs{};  ///< runs of the version, newest first
    std::shared_ptr<const Run> output{};               ///< null: nothing was left
};

/// The version with the edit applied. Other runs may have come and gone since the edit was planned;
/// its inputs must still be there, as neighbours. With debug checks, all invariants are asserted.
[[nodiscard]] std::shared_ptr<const Version> apply(const Version& version, const VersionEdit& edit);

/// Marks the tables obsolete that `before` has and `after` has not. To be called when the manifest
/// of `after` is durable.
void mark_obsolete(const Version& before, const Version& after);

/// A cursor over a run. Tables are opened when it comes to them. It holds the run. What it reads is
/// added to `reads`, unless that is null.
[[nodiscard]] std::unique_ptr<Cursor> run_cursor(std::shared_ptr<const Run> run, CacheUse use,
                                                 BlockReads* reads = nullptr);

}  // namespace strata
