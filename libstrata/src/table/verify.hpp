// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/facts.hpp"
#include "table/table_file.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace strata {

/// What a table is compared with besides itself.
struct TableExpectation {
    TableIdentity identity{};
    std::optional<TableFacts> facts{};         ///< of a manifest or builder
    std::optional<std::uint64_t> entry_sum{};  ///< of what was to be written
};

/// Reads a whole table through the ordinary reader and adds what is wrong to `report`: footer,
/// sections, every block, order, counts, entry.sum, bounds, a filter that holds every key, gaps
/// that are zero, and the expectation. It goes on behind a damaged block or section as far as
/// possible. With options.full false, only footer, sections and bounds are looked at. The status
/// is an error only when nothing can be said: the file cannot be read at all (io, not_found), or is
/// of a later format (unsupported).
Status verify_table(FileSystem& files, const std::string& path, const TableExpectation& expected,
                    const CheckOptions& options, CheckReport& report);

/// Verifies a table that was just built, before a manifest names it. It guards encoder, memory and
/// processor. The first difference is returned as corruption.
Status read_back(FileSystem& files, const std::string& path, const TableFacts& facts,
                 std::uint64_t entry_sum);

}  // namespace strata
