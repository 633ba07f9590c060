// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/read_view.hpp"
#include "version/manifest.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <memory>
#include <string>
#include <vector>

/// A second store from the files of a first one:
///
///     TARGET.tmp     made, locked, swept of what an earlier attempt left
///     N.sst          linked, or copied where there are no links; they never change in place
///     N.wal          copied up to a durable end, never linked: a segment may grow, or be used anew
///     N.manifest     all segments sealed, none active; its saving syncs the directory too
///     TARGET         by a rename; then the parent is synced
///
/// A power cut leaves nothing, TARGET.tmp, or all of it: the name TARGET is only given to what is
/// already durable.
namespace strata {

/// The files of a store at one moment.
struct StoreCapture {
    std::string directory;
    Manifest manifest;  ///< as the copy will have it: no active segment, a fresh number
    /// Of manifest.sealed, in order: open, so that they may be unlinked meanwhile.
    std::vector<std::unique_ptr<File>> segments;
    ViewPtr view{};  ///< keeps the tables from being unlinked; null: nothing does
};

/// Of a directory that nobody owns, or somebody else: newest manifest, then the log up to its end.
/// Refuses damage, as opening does. not_found when an owner removed files meanwhile.
Result<StoreCapture> capture_directory(FileSystem& files, const std::string& directory);

struct CopyTarget {
    std::string directory;
    bool link_tables = true;
    bool may_be_empty = false;  ///< an empty directory of that name is no obstacle
    bool check = false;         ///< verify every byte before it gets its name
};

/// An error leaves nothing behind but what could not be removed, and TARGET as it was; one of the
/// last sync leaves TARGET, complete, though a power cut may take it away.
Result<CheckpointReport> copy_store(FileSystem& files, const StoreCapture& capture,
                                    const CopyTarget& target);

/// capture_directory and copy_store, again as long as an owner changes the files meanwhile.
Result<CheckpointReport> copy_directory(FileSystem& files, const std::string& directory,
                                        const CopyTarget& target);

}  // namespace strata
