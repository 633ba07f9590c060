// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/verify.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Which paths are LevelDB's.
namespace strata::level {

enum class PathKind : std::uint8_t {
    other,
    table,
    log,
    manifest,
    database,  ///< a directory with a CURRENT that names a manifest
};

/// "LevelDB table", ... (never null).
[[nodiscard]] const char* path_kind_name(PathKind kind) noexcept;

/// By content: a table ends with its magic, a log begins with a valid fragment. A file that is
/// called like a table (.ldb), log or manifest of LevelDB is one, too, perhaps a damaged one. Files
/// that are not regular are not opened.
Result<PathKind> recognize(FileSystem& files, const std::string& path);

/// The paths of a command line by who wrote them. What cannot be looked at is `ours`.
struct PathOwners {
    std::vector<std::string> ours{};
    std::vector<std::string> leveldb{};
};
[[nodiscard]] PathOwners sort_paths(FileSystem& files, const std::vector<std::string>& paths);

/// What a look at the whole file says of it.
struct Identity {
    PathKind kind = PathKind::other;
    std::uint64_t number = 0;  ///< by its name; 0: none
    std::uint64_t size = 0;    ///< in bytes
    bool damaged = false;
    std::string state{};  ///< for people: "complete: ...", "torn: ..."
};
Result<Identity> identify(FileSystem& files, const std::string& path, PathKind kind);

/// Whether keys of a table are in byte order, as the manifest of its directory says, if there is
/// one that can be read.
[[nodiscard]] KeyOrder order_beside(FileSystem& files, const std::string& path);

/// The tables of a directory, by number.
struct DirectoryTables {
    std::vector<std::string> paths{};
    std::vector<std::string>
        unnamed{};                   ///< what the manifest does not name: left over, or unfinished
    std::optional<Error> problem{};  ///< why the manifest was no help; then all are in `paths`
};
Result<DirectoryTables> tables_in(FileSystem& files, const std::string& directory);

}  // namespace strata::level
