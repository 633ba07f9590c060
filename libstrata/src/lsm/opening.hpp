// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/store_core.hpp"

#include <strata/file_system.hpp>
#include <strata/options.hpp>
#include <strata/stats.hpp>

#include <memory>
#include <string>

namespace strata {

/// A store that is ready for its first write; no thread runs yet.
struct Opened {
    std::unique_ptr<FileLock> lock;
    OpenReport report;
    std::unique_ptr<StoreCore> core;
    std::shared_ptr<Memtable> active;
};

/// Opens a directory for writing: lock, newest manifest, tables present, log into memtables, a
/// fresh segment, and then one new manifest that commits the recovery. Until that manifest nothing
/// but the text of LOCK is written, except for a new store; a crash before it changes nothing, one
/// after it is an ordinary crash. Files that the manifest does not name are removed after it.
Result<Opened> open_directory(const std::string& directory, const Options& options);

/// The file system of the options, or the operating system's.
std::shared_ptr<FileSystem> file_system_of(const Options& options);

/// Refuses options outside their limits; returns the size of a memtable in bytes.
Result<std::size_t> check_options(const Options& options);

/// Says what `directory` is when it holds no store, and how to create one.
Error no_store_error(FileSystem& file_system, const std::string& directory);

}  // namespace strata
