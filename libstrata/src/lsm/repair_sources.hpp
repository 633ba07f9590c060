// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspect/table_survey.hpp"
#include "memtable/memtable.hpp"
#include "version/manifest.hpp"

#include <strata/repair.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What a repair reads: the tables and the log of a damaged store, each as a stream of entries that
/// goes on behind damage and tells what it passed over.
namespace strata {

/// Entries in entry order, forward only. One thread.
class RepairSource {
  public:
    RepairSource() = default;
    RepairSource(const RepairSource&) = delete;
    RepairSource& operator=(const RepairSource&) = delete;
    virtual ~RepairSource() = default;

    /// Steps to the next entry; false at the end.
    virtual Result<bool> next() = 0;
    /// Borrowed until the next call.
    [[nodiscard]] const Entry& entry() const noexcept { return entry_; }
    /// A table that is newer than the manifest: it may stand for tables that the manifest names.
    [[nodiscard]] bool unnamed() const noexcept { return unnamed_; }

  protected:
    Entry entry_{};
    bool unnamed_ = false;
};

/// Everything that can be read, found by gather_sources().
struct RepairSources {
    std::optional<Manifest> manifest{};
    StoreId store{};
    std::vector<std::unique_ptr<RepairSource>> sources{};
    std::vector<std::unique_ptr<Memtable>> memtables{};  ///< that sources read
    std::uint64_t table_bytes = 0;
    Sequence last_sequence = 0;
    /// Index of the first loss of a table that newer tables have probably replaced, and so on.
    std::vector<std::size_t> superseded{};
};

/// Finds manifest, tables and log and reads the log. What is lost as a whole goes into `report` at
/// once; damaged blocks are added while the sources are read. `report` outlives the sources.
[[nodiscard]] Result<RepairSources> gather_sources(FileSystem& files, const std::string& directory,
                                                   RepairReport& report);

}  // namespace strata
