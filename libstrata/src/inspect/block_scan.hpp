// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/table_file.hpp"

#include <strata/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Finds data blocks without an index. A block does not say where it begins, but its trailer says
/// much of where it may: the bytes of a trailer are recognized, then the check is tried for the
/// few places where such a block can begin. What is found has a check that verifies.
namespace strata {

class BlockScan {
  public:
    /// Looks at the bytes from 0 to `end` of a table, which outlives the scan.
    BlockScan(const TableFile& file, std::uint64_t end) : file_{file}, end_{end} {}

    /// The next data block at or after the end of the last one; empty: there is none. Bytes that
    /// the medium refuses are passed over.
    /// Memory: the bytes since the last block, at most twice the greatest block.
    [[nodiscard]] std::optional<BlockHandle> next();

    /// Where the next block would begin if nothing were damaged.
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

  private:
    void fill(std::uint64_t to);
    void read_pieces(std::uint64_t offset, std::size_t to, std::size_t size);
    [[nodiscard]] std::optional<BlockHandle> try_trailer(std::uint64_t at);
    [[nodiscard]] bool verifies(std::uint64_t begin, std::uint64_t trailer);
    [[nodiscard]] Bytes bytes(std::uint64_t begin, std::uint64_t end) const;

    const TableFile& file_;
    std::uint64_t end_;
    std::uint64_t position_ = 0;
    std::string window_;  ///< bytes from window_at_ on
    std::uint64_t window_at_ = 0;
    std::vector<std::uint64_t> starts_;  ///< where a block may begin: behind what looks like one
    std::uint64_t hashed_ = 0;           ///< bytes, over all trials
};

}  // namespace strata
