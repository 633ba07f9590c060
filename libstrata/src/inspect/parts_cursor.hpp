// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "inspect/table_parts.hpp"

#include <strata/stats.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace strata {

/// Walks the entries of a table that may be damaged: blocks that do not verify, or whose keys do
/// not lie where they should, are passed over and noted. Errors are those of the medium alone.
class PartsCursor final : public Cursor {
  public:
    /// `table` outlives the cursor. Where the index is missing, every block is read once.
    static Result<std::unique_ptr<PartsCursor>> make(const TableParts& table);

    Result<bool> seek_first() override;
    Result<bool> seek_last() override;
    Result<bool> seek(Bytes key, Sequence sequence) override;
    Result<bool> seek_before(Bytes key) override;
    Result<bool> next() override;
    Result<bool> prev() override;

    /// The block of the current entry.
    [[nodiscard]] std::uint32_t block() const noexcept { return position_; }
    [[nodiscard]] const DataBlock& data() const noexcept { return data_; }
    /// What was passed over so far, each block once.
    [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }

  private:
    explicit PartsCursor(const TableParts& table) noexcept : table_{table} {}

    Status measure_blocks();
    /// Makes block `position` the current one; false when it has to be passed over.
    Result<bool> load(std::uint32_t position);
    void note(std::uint32_t position, std::uint64_t offset, const std::string& message);
    Result<bool> enter_forward(std::uint64_t position);
    Result<bool> enter_backward(std::int64_t position);
    bool stand(std::uint32_t record);
    [[nodiscard]] std::uint32_t lower_bound(Bytes key) const;
    [[nodiscard]] bool in_bounds(std::uint32_t position, const BlockView& view) const;

    const TableParts& table_;
    std::vector<std::string> last_keys_;  ///< without an index: of each block; empty: unreadable
    std::vector<Finding> findings_;
    std::set<std::uint32_t> noted_;
    DataBlock data_;
    bool loaded_ = false;  ///< data_ is the block at position_
    std::uint32_t position_ = 0;
    std::uint32_t record_ = 0;
    std::string key_;
    std::string sought_;
};

}  // namespace strata
