// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/reader.hpp"
#include "version/manifest.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// What the files of a store's directory are, by name and by manifest. Nothing here writes.
namespace strata {

/// The names in a store's directory, by kind.
struct DirectoryContents {
    std::vector<std::string> names{};
    bool has_manifest = false;
    bool has_data = false;              ///< a segment or a table
    std::uint64_t greatest_number = 0;  ///< of any kind
};

Result<DirectoryContents> list_store(FileSystem& file_system, const std::string& directory);

/// Numbers of the files that a manifest names, its own included.
[[nodiscard]] std::set<std::uint64_t> live_numbers(const Manifest& manifest);

/// What the manifest says of the log, as the log's reader wants it.
[[nodiscard]] LogInput log_input(const Manifest& manifest);

/// Each table that the manifest names is there with its length; no table is opened. corruption
/// names the first that is not.
Status check_tables_present(FileSystem& file_system, const std::string& directory,
                            const Manifest& manifest);

/// Every file of the directory with its role, by name. Segments at or behind the active one count
/// as the store's even where the manifest does not list them: seals lead to them.
Result<std::vector<FileInfo>> list_files(FileSystem& file_system, const std::string& directory);

}  // namespace strata
