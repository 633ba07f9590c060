// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "version/manifest.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <optional>
#include <string>

/// Manifests as files of a store's directory.
namespace strata {

/// Writes `manifest` under its number: a temporary file, synced, renamed, the directory synced.
/// After success it is the current one and survives a power cut. no_space: nothing has changed and
/// the next attempt, with a fresh number, may succeed; any other error leaves open which manifest
/// is current. Nothing is unlinked. One call at a time for one store.
[[nodiscard]] Status save_manifest(FileSystem& file_system, const std::string& directory,
                                   const Manifest& manifest);

/// Reads one manifest file, from the medium and not from a cache: after a failed sync and a dead
/// process the cache may show bytes that the disk does not have. The name must say its number.
[[nodiscard]] Result<Manifest> read_manifest(FileSystem& file_system, const std::string& path);

/// The manifest with the highest number; empty when the directory has none. It is never replaced
/// by an older one: a final name is given to synced content only, so one that does not verify is
/// damage and is refused.
[[nodiscard]] Result<std::optional<Manifest>> load_newest_manifest(FileSystem& file_system,
                                                                   const std::string& directory);

}  // namespace strata
