// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstddef>
#include <string>

namespace strata {

/// Verifies a store's directory: newest manifest, every table it names, the log. It opens nothing
/// for writing, takes no lock, and works beside an owner: when what it looks at was replaced
/// meanwhile, it starts again. What is wrong is a finding, not an error; an error means that
/// nothing could be said: the directory is missing or holds no store, or a file is of a later
/// format (unsupported).
///
/// Reads tables side by side with `threads` threads, each with a buffer and the index and filter of
/// its table; findings come in the order of the manifest all the same. 0: as many as there are
/// processors, and no more than 4.
///
/// The one check of a store: Store::check, check_directory, the programs and the tests call it.
Result<CheckReport> check_store(FileSystem& file_system, const std::string& directory,
                                const CheckOptions& options, std::size_t threads = 0);

}  // namespace strata
