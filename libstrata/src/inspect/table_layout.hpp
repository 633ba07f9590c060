// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspect/table_parts.hpp"

#include <strata/result.hpp>
#include <strata/stats.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Who owns each byte of a table's file.
namespace strata {

enum class PartKind : std::uint8_t {
    data,      ///< a data block with its trailer
    unlisted,  ///< without an index: where data blocks must be, but none verifies
    section,   ///< an optional section
    filter,
    index,
    properties,
    footer,
    gap,      ///< zeros that align what follows
    unowned,  ///< belongs to nothing
};
[[nodiscard]] const char* part_kind_name(PartKind kind) noexcept;

struct TablePart {
    PartKind kind = PartKind::unowned;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;                ///< bytes, trailer included
    std::optional<std::uint32_t> block{};  ///< position of a data block
    bool damaged = false;                  ///< it was read and does not verify

    [[nodiscard]] std::uint64_t end() const noexcept { return offset + size; }
};

/// What reading a data block said of it.
struct BlockFacts {
    std::uint32_t block = 0;
    BlockHandle handle{};
    BlockTrailer trailer{};
    std::uint32_t entries = 0;
    std::string first_key{};
    bool damaged = false;
};

/// Parts in the order of the file, without overlap: from 0 to the end of the file every byte is in
/// one of them. Bytes without an owner, gaps that are not zero and parts that do not verify are
/// findings.
struct TableLayout {
    std::vector<TablePart> parts{};
    std::vector<BlockFacts> blocks{};  ///< when blocks were read; those with a place in the file
    std::vector<Finding> findings{};   ///< those of `parts` too
};

/// With `read_blocks` every data block and gap is read and verified, else the sections alone.
[[nodiscard]] Result<TableLayout> table_layout(const TableParts& table, bool read_blocks);

}  // namespace strata
