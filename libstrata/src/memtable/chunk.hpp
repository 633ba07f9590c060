// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/coding.hpp"
#include "entry/entry.hpp"
#include "entry/operation.hpp"
#include "memtable/arena.hpp"

#include <strata/bytes.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// The parts of the memtable's index: slots, windows, chunks.
///
/// A chunk owns a range of versions, from its low version to that of the next chunk. Both bounds
/// are fixed once given, except that a split puts a new chunk, and so a lower upper bound, behind
/// it. Hence every key inside begins with what the keys of both bounds have in common, and so does
/// every key that can be looked for in it: `skip` is the length of that, and a window holds the 8
/// bytes behind. The first chunk has no low version and the last no next, so their skip is 0.
namespace strata {

/// One version: offset of its operation in the arena (low 32 bits) and its sequence less the
/// memtable's base (high 32 bits, at least 1). 0 is no version.
using Slot = std::uint64_t;

[[nodiscard]] constexpr Slot make_slot(std::uint32_t offset, std::uint32_t delta) noexcept {
    return std::uint64_t{delta} << 32 | offset;
}
[[nodiscard]] constexpr std::uint32_t slot_offset(Slot slot) noexcept {
    return static_cast<std::uint32_t>(slot);
}
[[nodiscard]] constexpr std::uint32_t slot_delta(Slot slot) noexcept {
    return static_cast<std::uint32_t>(slot >> 32);
}

[[nodiscard]] inline Bytes slot_key(const Arena& arena, Slot slot) noexcept {
    return load_operation(arena.at(slot_offset(slot))).key;
}

/// A place in the order of versions: key ascending, delta descending.
struct Target {
    Bytes key;
    std::uint32_t delta;
};

/// Where the version lies: before the target (less than 0), on it (0), or behind it.
[[nodiscard]] inline int compare_slot(const Arena& arena, Slot slot,
                                      const Target& target) noexcept {
    if (const int order = slot_key(arena, slot).compare(target.key); order != 0) {
        return order;
    }
    const std::uint32_t delta = slot_delta(slot);
    return delta == target.delta ? 0 : delta > target.delta ? -1 : 1;
}

/// The 8 bytes of a key behind `skip`. A reader that races with a split may ask for a skip beyond
/// the key; its answer is thrown away.
[[nodiscard]] inline std::uint64_t key_window(Bytes key, std::uint32_t skip) noexcept {
    return load_window(key.substr(std::min<std::size_t>(skip, key.size())));
}

[[nodiscard]] inline std::uint32_t common_prefix(Bytes left, Bytes right) noexcept {
    const std::size_t size = std::min(left.size(), right.size());
    const auto* const end = left.data() + size;
    return static_cast<std::uint32_t>(std::mismatch(left.data(), end, right.data()).first -
                                      left.data());
}

/// Count of the leading elements of a sorted array, got by `at(i)`, that are less than `window`.
/// Without branches that depend on the data.
template <typename At>
[[nodiscard]] std::uint32_t count_less(std::uint32_t count, std::uint64_t window, At at) noexcept {
    std::uint32_t base = 0;
    while (count > 1) {
        const std::uint32_t half = count / 2;
        base += at(base + half - 1) < window ? half : 0;
        count -= half;
    }
    return base + (count == 1 && at(base) < window ? 1 : 0);
}

/// Count of the leading elements that are not greater than `window`.
template <typename At>
[[nodiscard]] std::uint32_t count_not_greater(std::uint32_t count, std::uint64_t window,
                                              At at) noexcept {
    return window + 1 == 0 ? count : count_less(count, window + 1, at);
}

/// Up to 256 versions, sorted. One writer; readers are optimistic: they read `version`, then the
/// rest, then `version` again, and start over when it was odd or has changed. Words are stored
/// with release and loaded with acquire, so that whoever sees a word of a change also sees that
/// `version` had become odd before it. A version that goes behind the last one does not disturb:
/// it is written first and counted then, without touching `version`.
struct Chunk {
    static constexpr std::uint32_t slots_max = 256;

    explicit Chunk(Slot low_slot) noexcept : low{low_slot} {}

    std::atomic<std::uint32_t> version{0};  ///< odd while the writer changes the chunk
    std::atomic<std::uint32_t> count{0};
    std::atomic<std::uint32_t> skip{0};
    std::atomic<Chunk*> next{nullptr};
    /// The first version inside, for ever; 0 in the first chunk, which begins before every key.
    const Slot low;
    alignas(64) std::atomic<std::uint64_t> windows[slots_max];
    std::atomic<Slot> slots[slots_max];
};
static_assert(sizeof(Chunk) == 64 + 2 * 8 * Chunk::slots_max);

}  // namespace strata
