// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"
#include "version/manifest.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// Every version of one key in files, damaged or not, without a store.
namespace strata {

struct FoundVersion {
    Sequence sequence = 0;
    Kind kind = Kind::put;
    std::string value{};
    std::uint64_t expiry = 0;  ///< of put_expiring: ms since 1970
    std::string file{};
    std::uint64_t offset = 0;  ///< of the block in a table, of the frame in a segment
    std::uint64_t record = 0;  ///< in the block or frame, from 0
};

/// What a search found, over all files it was given.
struct KeySearch {
    std::vector<FoundVersion> versions{};
    std::vector<Finding> damage{};     ///< places that may hold versions and cannot be read
    std::vector<std::string> notes{};  ///< the torn end of a log
};

/// Adds what a table has of the key. With a sound index only the blocks that may have it are read.
/// An error means that nothing of the file can be verified.
Status find_in_table(FileSystem& files, const std::string& path, Bytes key, KeySearch& search);

/// Adds what one WAL segment has of the key, also behind damage.
Status find_in_segment(FileSystem& files, const std::string& path, Bytes key, KeySearch& search);

/// Adds what the log of a directory has of the key: the segments of the manifest and younger ones,
/// or all when there is no manifest.
Status find_in_log(FileSystem& files, const std::string& directory, const Manifest* manifest,
                   Bytes key, KeySearch& search);

}  // namespace strata
