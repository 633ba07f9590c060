// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "table/table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace strata {

/// Reads blocks of a table through one buffer of its own, ahead in the direction of the walk.
class BlockReadAhead {
  public:
    /// The view of a block, valid until the next call. `forward` tells which blocks follow.
    Result<BlockView> load(const Table& table, std::uint32_t position, bool forward);

  private:
    Status fill(const Table& table, const BlockHandle& handle, bool forward);

    BlockFrame::Pointer buffer_;
    BlockFrame::Pointer scratch_;
    std::uint64_t begin_ = 0;  ///< offset in the file of the buffer's first byte
    std::size_t size_ = 0;     ///< bytes in the buffer
};

class TableCursor final : public Cursor {
  public:
    TableCursor(std::shared_ptr<const Table> table, CacheUse use, BlockReads* reads) noexcept;

    Result<bool> seek_first() override;
    Result<bool> seek_last() override;
    Result<bool> seek(Bytes wanted, Sequence sequence) override;
    Result<bool> seek_before(Bytes wanted) override;
    Result<bool> next() override;
    Result<bool> prev() override;

  private:
    /// Makes block `position` the current one.
    Status enter(std::uint32_t position, bool forward);
    Result<bool> enter_at_first(std::uint32_t position);
    Result<bool> enter_at_last(std::uint32_t position);
    /// Stands on a record of the current block.
    bool stand(std::uint32_t record);
    bool leave() noexcept;
    Bytes safe_key(Bytes key);

    std::shared_ptr<const Table> table_;
    CacheUse use_;
    BlockReads* reads_;
    BlockPin pin_;
    BlockReadAhead ahead_;
    BlockView block_;
    std::uint32_t position_ = 0;  ///< of the block
    std::uint32_t record_ = 0;
    bool loaded_ = false;    ///< block_ is the block at position_
    bool standing_ = false;  ///< entry_ is record_ of it
    std::string key_;        ///< the prefix of the block, then the suffix of the record
    std::size_t prefix_size_ = 0;
    std::string sought_;
};

}  // namespace strata
