// SPDX-License-Identifier: Apache-2.0
#include "memtable/directory.hpp"

#include <algorithm>

namespace strata {

Directory::Directory(const Arena& arena, std::span<Chunk* const> chunks, std::uint32_t capacity,
                     const Directory* older)
    : capacity_{capacity},
      count_{static_cast<std::uint32_t>(chunks.size())},
      windows_{std::make_unique_for_overwrite<std::uint64_t[]>(capacity_)},
      chunks_{std::make_unique_for_overwrite<Chunk*[]>(capacity_)} {
    std::ranges::copy(chunks, chunks_.get());
    if (chunks.size() > 1) {
        // Sorted, so what the outermost have in common, all have.
        const Bytes first = slot_key(arena, chunks[1]->low);
        prefix_ = first.substr(0, common_prefix(first, slot_key(arena, chunks.back()->low)));
    }
    const auto skip = static_cast<std::uint32_t>(prefix_.size());
    const bool reusable = older != nullptr && older->prefix_.size() == skip;
    const std::span<Chunk* const> known = reusable ? older->chunks() : std::span<Chunk* const>{};
    std::size_t old_index = 1;
    windows_[0] = 0;
    for (std::size_t i = 1; i < chunks.size(); ++i) {
        if (old_index < known.size() && known[old_index] == chunks[i]) {
            windows_[i] = older->windows_[old_index++];
        } else {
            windows_[i] = key_window(slot_key(arena, chunks[i]->low), skip);
        }
    }
}

bool Directory::append(const Arena& arena, Chunk* chunk) noexcept {
    const std::uint32_t count = count_.load(std::memory_order_relaxed);
    const Bytes key = slot_key(arena, chunk->low);
    if (count < 2 || count == capacity_ || !key.starts_with(prefix_)) {
        return false;
    }
    windows_[count] = key_window(key, static_cast<std::uint32_t>(prefix_.size()));
    chunks_[count] = chunk;
    count_.store(count + 1, std::memory_order_release);
    return true;
}

Directory::Position Directory::find(const Arena& arena, const Target& target) const noexcept {
    const std::uint32_t count = count_.load(std::memory_order_acquire);
    const int order = target.key.substr(0, prefix_.size()).compare(prefix_);
    if (order != 0 || count < 2) {
        return Position{order > 0 ? count - 1 : 0, count};
    }
    const std::uint64_t window = key_window(target.key, static_cast<std::uint32_t>(prefix_.size()));
    const std::uint64_t* const windows = windows_.get() + 1;
    std::uint32_t low = count_less(count - 1, window, [&](std::uint32_t i) { return windows[i]; });
    if (low < count - 1 && windows[low] == window) {
        std::uint32_t high =
            count_not_greater(count - 1, window, [&](std::uint32_t i) { return windows[i]; });
        // The first chunk of those whose low version is behind the target.
        while (low < high) {
            const std::uint32_t middle = low + (high - low) / 2;
            if (compare_slot(arena, chunks_[middle + 1]->low, target) > 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
    }
    return Position{low, count};
}

}  // namespace strata
