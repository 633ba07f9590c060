// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/format.hpp"
#include "leveldb/log_reader.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// MANIFEST-NNNNNN: a log whose records are edits of the set of live tables.
namespace strata::level {

inline constexpr std::uint32_t level_count = 7;

/// A table as the manifest describes it. Keys are internal keys.
struct TableFacts {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
    std::string smallest{};
    std::string largest{};
};

/// One record of a manifest.
struct Edit {
    std::optional<std::string> comparator{};
    std::optional<std::uint64_t> log_number{};
    std::optional<std::uint64_t> previous_log_number{};
    std::optional<std::uint64_t> next_file{};
    std::optional<Sequence> last_sequence{};
    std::vector<std::pair<std::uint32_t, std::string>> compact_pointers{};  ///< level, key
    std::vector<std::pair<std::uint32_t, std::uint64_t>> removed{};         ///< level, number
    std::vector<std::pair<std::uint32_t, TableFacts>> added{};              ///< level, table
};

/// An error names the byte of the record; the caller knows the file.
Result<Edit> decode_edit(Bytes record);

/// What the edits add up to.
struct ManifestState {
    std::string comparator{};
    std::uint64_t log_number = 0;  ///< logs below it are in tables
    std::uint64_t previous_log_number = 0;
    std::uint64_t next_file = 0;
    Sequence last_sequence = 0;
    /// By number, which is the order of age at level 0.
    std::array<std::map<std::uint64_t, TableFacts>, level_count> levels{};
    std::uint64_t edits = 0;
    std::optional<LogGap> torn{};  ///< of the file's end

    [[nodiscard]] std::uint64_t tables() const noexcept;
    void apply(Edit edit);
};

/// Reads a manifest and applies all of its edits. corruption: damage anywhere, or a manifest that
/// lacks what LevelDB asks for (log number, next file, last sequence).
Result<ManifestState> read_manifest(FileSystem& files, const std::string& path);

}  // namespace strata::level
