// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/log_reader.hpp"
#include "leveldb/manifest.hpp"
#include "leveldb/table.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The directory of a LevelDB database as it is at one moment.
namespace strata::level {

/// A table that the manifest names, opened.
struct LiveTable {
    std::uint32_t level = 0;
    TableFacts facts{};
    std::string path{};
    std::unique_ptr<Table> table{};  ///< null when it cannot be read
    std::optional<Error> problem{};  ///< why
};

/// A log whose operations are in no table yet, opened.
struct LiveLog {
    std::string path{};
    std::unique_ptr<LogReader> reader{};
    std::optional<LogGap> torn{};  ///< of its end; set by the walk that reads it
};

/// Everything that makes up the content, held open: what a running LevelDB removes later can still
/// be read. Nothing is locked and nothing is written.
struct Database {
    std::string directory{};
    std::string manifest_path{};
    ManifestState manifest{};
    std::vector<LiveTable> tables{};  ///< level by level; by number inside
    std::vector<LiveLog> logs{};      ///< oldest first
    std::uint64_t bytes = 0;          ///< of tables and logs together

    /// Keys are in byte order. False: another comparator, of which the file knows the name alone.
    [[nodiscard]] bool bytewise() const noexcept {
        return manifest.comparator.empty() || manifest.comparator == bytewise_comparator;
    }
};

/// Whether a directory has a CURRENT that names a manifest, and is not RocksDB's.
Result<bool> is_database(FileSystem& files, const std::string& directory);

/// Reads CURRENT and the manifest and opens tables and logs. When the manifest changes meanwhile,
/// because LevelDB is running, it starts again, some times; then busy. not_found: no CURRENT.
/// unsupported: a database of RocksDB.
/// corruption: CURRENT or the manifest is damaged. A table that is missing, or that has another
/// size than the manifest says, has a `problem`.
Result<Database> open_database(FileSystem& files, const std::string& directory);

}  // namespace strata::level
