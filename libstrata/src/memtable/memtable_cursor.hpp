// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/cursor.hpp"
#include "memtable/arena.hpp"
#include "memtable/chunk_index.hpp"

#include <cstdint>

namespace strata {

/// The place of (key, sequence) in a memtable over `base`, for any sequence.
[[nodiscard]] Target memtable_target(Bytes key, Sequence sequence, Sequence base) noexcept;
[[nodiscard]] Entry memtable_entry(const Arena& arena, Slot slot, Sequence base) noexcept;

/// Walks copies of one chunk at a time, so that the writer never disturbs it. Versions inserted
/// into a chunk after it was copied are not seen in this pass.
class MemtableCursor final : public Cursor {
  public:
    MemtableCursor(const Arena& arena, const ChunkIndex& index, Sequence base) noexcept
        : arena_{arena}, index_{index}, base_{base} {}

    Result<bool> seek_first() override;
    Result<bool> seek_last() override;
    Result<bool> seek(Bytes key, Sequence sequence) override;
    Result<bool> seek_before(Bytes key) override;
    Result<bool> next() override;
    Result<bool> prev() override;

  private:
    bool stand_at_or_after();
    bool stand_before();
    void show();
    void prefetch(std::uint32_t position) const;

    const Arena& arena_;
    const ChunkIndex& index_;
    const Sequence base_;
    bool standing_ = false;
    std::uint32_t position_ = 0;
    ChunkIndex::Copy copy_{};
};

}  // namespace strata
