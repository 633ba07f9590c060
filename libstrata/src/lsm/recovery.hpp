// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/reader.hpp"
#include "lsm/read_view.hpp"
#include "version/manifest.hpp"

#include <strata/file_system.hpp>
#include <strata/stats.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// The part of opening that only reads: from the newest manifest and the log to memtables. It
/// either yields the whole state up to the end of the log or refuses with file, offset and reason;
/// it writes nothing, so a crash in it changes nothing.
namespace strata {

struct Recovered {
    Manifest manifest;  ///< as it was found
    LogVerdict log;
    std::vector<SealedMemtable> memtables;  ///< newest first
    OpenReport report;
};

struct RecoveryOptions {
    std::size_t memtable_size = 0;  ///< consecutive segments share a memtable up to this
};

/// `manifest` is the newest one of the directory.
Result<Recovered> recover(FileSystem& file_system, const std::string& directory, Manifest manifest,
                          const RecoveryOptions& options);

}  // namespace strata
