// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable/chunk.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

namespace strata {

/// The chunks in order, with the windows of their low keys: where a lookup starts. It may lag
/// behind the chunks, which are linked: from the chunk it names, the right one is reached by
/// `next`. Immutable once published, but for chunks appended at its end.
class Directory {
  public:
    struct Position {
        std::uint32_t index;
        std::uint32_t count;
    };

    /// Of all `chunks`, the first of which is the first of the memtable, with room for `capacity`.
    /// Takes windows over from `older`, null at first, when they still fit.
    Directory(const Arena& arena, std::span<Chunk* const> chunks, std::uint32_t capacity,
              const Directory* older);

    /// Appends the new last chunk; false when it does not fit and a new directory is needed. Only
    /// the writer calls it.
    [[nodiscard]] bool append(const Arena& arena, Chunk* chunk) noexcept;

    /// The last chunk whose low version is not behind the target. Any thread.
    [[nodiscard]] Position find(const Arena& arena, const Target& target) const noexcept;

    [[nodiscard]] Chunk* chunk(std::uint32_t index) const noexcept { return chunks_[index]; }
    [[nodiscard]] std::span<Chunk* const> chunks() const noexcept {
        return {chunks_.get(), count_.load(std::memory_order_acquire)};
    }
    [[nodiscard]] std::size_t memory() const noexcept {
        return sizeof(Directory) + capacity_ * (sizeof(std::uint64_t) + sizeof(Chunk*));
    }

  private:
    // Bytes that the low keys of all chunks but the first have in common.
    Bytes prefix_;  // lives in the arena
    std::uint32_t capacity_;
    std::atomic<std::uint32_t> count_;
    std::unique_ptr<std::uint64_t[]> windows_;  // of low keys, behind the prefix; [0] is unused
    std::unique_ptr<Chunk*[]> chunks_;
};

}  // namespace strata
