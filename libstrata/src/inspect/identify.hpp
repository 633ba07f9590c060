// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// What a path is, whoever wrote it: a file of a store, of another engine, a directory, nothing.
/// Content decides, then the name. Reads only, takes no lock, and never waits for a FIFO.
namespace strata {

enum class PathKind : std::uint8_t {
    missing,
    directory,
    special,  ///< FIFO, device, socket
    empty,
    zeros,  ///< wherever it was looked at
    table,
    segment,
    manifest,
    lock,
    leveldb_table,
    rocksdb_table,
    sqlite,
    unknown,
};

/// The words that programs print: "table", "WAL segment", ... (never null).
[[nodiscard]] const char* path_kind_name(PathKind kind) noexcept;

/// By the first and last bytes, and by the name where these say nothing. Cheap. A table, segment
/// or manifest may still be damaged.
[[nodiscard]] Result<PathKind> recognize(FileSystem& files, const std::string& path);

struct PathIdentity {
    PathKind kind = PathKind::unknown;
    std::uint64_t size = 0;                  ///< of a file, in bytes
    std::optional<std::uint32_t> version{};  ///< of the format
    std::optional<std::uint64_t> number{};   ///< by its content
    bool damaged = false;                    ///< a file of a store whose own facts do not verify
    std::string state{};                     ///< one line for people: complete, sealed, ...
};

/// Looks closer: the footer and sections of a table (not its blocks), every frame of a segment,
/// a whole manifest, the files of a directory. Damage is in the answer; an error means that the
/// path cannot be read.
[[nodiscard]] Result<PathIdentity> identify(FileSystem& files, const std::string& path);

}  // namespace strata
