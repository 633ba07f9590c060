// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "version/manifest.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <string>

/// Stores and directories in one line, for people.
namespace strata {

/// "2 tables in 1 run, 1 segment, open" or "... closed".
[[nodiscard]] std::string describe_manifest(const Manifest& manifest);

/// "a store: ...", "a LevelDB database: ...", "no store: ...". Sets `damaged` when it is a store
/// whose newest manifest does not verify.
[[nodiscard]] Result<std::string> describe_directory(FileSystem& files, const std::string& path,
                                                     bool& damaged);

}  // namespace strata
