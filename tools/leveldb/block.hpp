// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "leveldb/format.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <string>

/// One block of a table, unfolded, and a walk over its entries.
namespace strata::level {

struct Block {
    std::string content{};  ///< entries and restart points
    BlockHandle handle{};
    std::uint8_t codec = 0;
};

/// Walks a block from its first entry to its last. Every length is compared with what remains
/// before it is followed, and restart points must be what they promise: entries that share nothing
/// with the key before. Messages name file, block and byte of the unfolded block.
class BlockCursor {
  public:
    /// `path` is for messages.
    static Result<BlockCursor> create(const std::string& path, Block block);

    /// Moves to the next entry, at first to the first one; false behind the last. After an error,
    /// or the end, it stays there.
    Result<bool> next();

    /// Of the current entry; they live until the next call of next().
    [[nodiscard]] Bytes key() const noexcept { return key_; }
    [[nodiscard]] Bytes value() const noexcept {
        return Bytes{block_.content}.substr(value_begin_, value_size_);
    }
    /// Where the current entry begins in the unfolded block.
    [[nodiscard]] std::uint64_t entry_offset() const noexcept { return entry_; }
    [[nodiscard]] const Block& block() const noexcept { return block_; }
    [[nodiscard]] std::uint32_t restarts() const noexcept { return restart_count_; }

  private:
    BlockCursor(const std::string& path, Block block) : path_{path}, block_{std::move(block)} {}

    [[nodiscard]] Error damage(const std::string& what);
    [[nodiscard]] std::uint32_t restart(std::uint32_t index) const noexcept;
    Status check_restart(std::uint64_t shared);

    std::string path_;
    Block block_;
    std::size_t entries_end_ = 0;
    std::uint32_t restart_count_ = 0;
    std::uint32_t next_restart_ = 0;
    std::size_t next_ = 0;
    std::size_t entry_ = 0;
    std::string key_;
    std::size_t value_begin_ = 0;
    std::size_t value_size_ = 0;
};

}  // namespace strata::level
