// SPDX-License-Identifier: Apache-2.0
#include "memtable/arena.hpp"

#include "base/assert.hpp"
#include "base/coding.hpp"

#include <algorithm>
#include <bit>

namespace strata {
namespace {

constexpr std::size_t unit = 8;
constexpr std::size_t block_size_min = std::size_t{4} << 10;
constexpr std::size_t block_size_max = std::size_t{1} << 20;
// A piece above this size has its own block, which bounds what the end of a block can waste.
constexpr std::size_t shared_size_max = std::size_t{64} << 10;
constexpr std::size_t blocks_max = std::size_t{1} << 15;

}  // namespace

Arena::Piece Arena::allocate(std::size_t size) {
    size = static_cast<std::size_t>(round_up(size, unit));
    if (size > shared_size_max) {
        const std::uint32_t block = add_block(size);
        return Piece{blocks_[block].get(), block << unit_bits};
    }
    if (size > size_ - used_) {
        size_ = std::max({next_size_, block_size_min, std::bit_ceil(size)});
        next_size_ = std::min(2 * size_, block_size_max);
        block_ = add_block(size_);
        used_ = 0;
    }
    const auto units = static_cast<std::uint32_t>(used_ / unit);
    char* const bytes = blocks_[block_].get() + used_;
    used_ += size;
    return Piece{bytes, block_ << unit_bits | units};
}

bool Arena::has_room(std::size_t size) const noexcept {
    // Whatever the sizes, a block for each started 64 KiB is enough, since a block is left only
    // for a piece that does not fit; a few more while they grow.
    return blocks_.size() + 2 * (size / shared_size_max) + 16 <= blocks_max;
}

std::uint32_t Arena::add_block(std::size_t size) {
    const std::size_t number = blocks_.size();
    STRATA_ASSERT(number < blocks_max);
    if (number == table_capacity_) {
        table_capacity_ = std::max<std::size_t>(16, 2 * number);
        auto longer = std::make_unique<char*[]>(table_capacity_);
        for (std::size_t i = 0; i < number; ++i) {
            longer[i] = blocks_[i].get();
        }
        memory_.fetch_add(table_capacity_ * sizeof(char*), std::memory_order_relaxed);
        table_.store(longer.get(), std::memory_order_release);
        tables_.push_back(std::move(longer));
    }
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    tables_.back()[number] = blocks_.back().get();
    memory_.fetch_add(size, std::memory_order_relaxed);
    return static_cast<std::uint32_t>(number);
}

}  // namespace strata
