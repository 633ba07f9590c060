// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/table.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// Everything that can be wrong with a table, and where its bytes are.
namespace strata::level {

enum class PartKind : std::uint8_t { data, filter, meta, metaindex, index, footer, gap };

/// A stretch of a table; its trailer is counted.
struct Part {
    PartKind kind = PartKind::data;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};
[[nodiscard]] const char* part_name(PartKind kind) noexcept;

/// The parts of a table in the order of the file; they add up to its size. Bytes that no handle
/// names are gaps, and a finding; so are parts that overlap, which are cut. An index or metaindex
/// that cannot be read is a finding, too.
std::vector<Part> parts_of(const Table& table, CheckReport& report);

/// Adds a finding. `message` may begin with its place, "PATH: at OFFSET: ", which is cut off and
/// then says the offset.
void add_finding(CheckReport& report, const std::string& path, std::uint64_t offset,
                 std::string message);

/// What is known of the order of keys.
enum class KeyOrder : std::uint8_t {
    bytewise,  ///< keys out of byte order are findings
    unknown,   ///< they are noted: the database may have another comparator
    other,     ///< the database has another comparator
};

/// What a walk over all entries counts.
struct TableCounts {
    std::uint64_t entries = 0;
    std::uint64_t puts = 0;
    std::uint64_t deletes = 0;
    std::uint64_t blocks = 0;
    std::uint64_t key_bytes = 0;  ///< of user keys
    std::uint64_t value_bytes = 0;
    std::uint64_t raw_bytes = 0;              ///< of data blocks, unfolded
    std::uint64_t stored_bytes = 0;           ///< of data blocks, in the file, with trailers
    std::array<std::uint64_t, 256> codecs{};  ///< data blocks by codec
    Sequence sequence_min = 0;
    Sequence sequence_max = 0;
    std::string first_key{};  ///< user keys
    std::string last_key{};
};

/// Verifies a table: parts, checks, entries, order, separators, and that the filter knows every
/// key. Adds to `report`; returns an error only when the file cannot be read at all.
Result<TableCounts> check_table(FileSystem& files, const std::string& path, KeyOrder order,
                                CheckReport& report);

}  // namespace strata::level
