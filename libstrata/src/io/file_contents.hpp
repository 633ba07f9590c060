// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/file_system.hpp>

#include <cstdint>
#include <string>

/// Whole files: read at once, or replaced so that a power cut leaves the old or the new one.
namespace strata {

/// "directory/name", without a second slash.
[[nodiscard]] std::string join_path(const std::string& directory, const std::string& name);

/// The directory that a path lies in: "." for a bare name, "/" for the root and what it holds.
[[nodiscard]] std::string parent_directory(const std::string& path);

/// The last part of a path: "name" of "directory/name".
[[nodiscard]] std::string base_name(const std::string& path);

/// All bytes of a file; corruption when it is larger than `size_max`, which is the caller's limit
/// of what such a file may be. Nothing is allocated for a file that is refused.
[[nodiscard]] Result<std::string> read_file(FileSystem& files, const std::string& path,
                                            std::uint64_t size_max);

/// Gives `directory`/`name` the content and makes both durable: writes `name`.tmp, syncs it,
/// renames it, syncs the directory. A file of that name that was there before is there, old or
/// new, after a power cut at any moment.
///
/// no_space: nothing happened, and the temporary file is removed. Any other error leaves it to the
/// caller what to believe: the file may be the old or the new one, and after a power cut either.
Status replace_file(FileSystem& files, const std::string& directory, const std::string& name,
                    Bytes content);

}  // namespace strata
