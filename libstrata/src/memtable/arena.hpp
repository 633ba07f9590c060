// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace strata {

/// Memory that is handed out piece by piece and given back all at once. A piece has a 32-bit
/// offset, in units of 8 bytes, by which every thread finds it again without a lock.
///
/// Blocks grow from 4 KiB to 1 MiB, so that a small memtable is cheap; a piece above 64 KiB gets a
/// block of its own. The offset of a piece is the number of its block (upper 15 bits) and the unit
/// inside it (lower 17 bits, 1 MiB), so at most 32768 blocks exist: has_room() tells.
///
/// Threads: one thread allocates. at() may be called by any thread that learnt the offset through
/// an acquire load of what the allocating thread released after it had filled the piece.
class Arena {
  public:
    struct Piece {
        char* bytes;
        std::uint32_t offset;
    };

    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    [[nodiscard]] Piece allocate(std::size_t size);
    [[nodiscard]] const char* at(std::uint32_t offset) const noexcept {
        char* const* const blocks = table_.load(std::memory_order_acquire);
        return blocks[offset >> unit_bits] + (std::size_t{offset & unit_mask} << 3);
    }

    /// Whether pieces of `size` bytes together, none above the greatest operation, still fit.
    [[nodiscard]] bool has_room(std::size_t size) const noexcept;
    /// Bytes allocated from the system. Any thread.
    [[nodiscard]] std::size_t memory() const noexcept {
        return memory_.load(std::memory_order_relaxed);
    }

  private:
    static constexpr unsigned unit_bits = 17;
    static constexpr std::uint32_t unit_mask = (std::uint32_t{1} << unit_bits) - 1;

    std::uint32_t add_block(std::size_t size);

    std::atomic<char**> table_{nullptr};  // block number to block; replaced by a longer copy
    std::size_t table_capacity_ = 0;
    std::uint32_t block_ = 0;  // where small pieces come from
    std::size_t used_ = 0;     // bytes of it
    std::size_t size_ = 0;
    std::size_t next_size_ = 0;  // of the next such block
    std::atomic<std::size_t> memory_{0};
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::vector<std::unique_ptr<char*[]>> tables_;  // readers may still use the old ones
};

}  // namespace strata
