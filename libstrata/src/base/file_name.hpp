// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Names of the files of a store:
///
///     LOCK   N.manifest   N.manifest.tmp   N.wal   N.sst
///
/// N is a decimal number above 0, zero-padded to 12 digits. One counter serves all kinds and no
/// number is used twice in the life of a store. Every other name is not the store's: it is left
/// alone and reported.
namespace strata {

enum class FileType : std::uint8_t { unknown, lock, manifest, manifest_temporary, wal, table };

struct FileName {
    FileType type = FileType::unknown;
    std::uint64_t number = 0;  ///< 0 for lock and unknown

    friend bool operator==(const FileName&, const FileName&) = default;
};

/// What a name in a store's directory means. Exact: only names that file_name() writes count.
[[nodiscard]] FileName parse_file_name(std::string_view name) noexcept;

/// The name of a file; `number` is ignored for lock. `type` is not unknown.
[[nodiscard]] std::string file_name(FileType type, std::uint64_t number);

/// "directory/name".
[[nodiscard]] std::string file_path(const std::string& directory, FileType type,
                                    std::uint64_t number);

}  // namespace strata
