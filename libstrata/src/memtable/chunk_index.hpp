// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable/arena.hpp"
#include "memtable/chunk.hpp"
#include "memtable/directory.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace strata {

/// The sorted index of a memtable: a two-level sorted vector. Chunks of up to 256 versions are
/// linked in order; a directory over them, rebuilt now and then, tells where to start.
///
/// Threads: one writer inserts; any number of readers find and copy meanwhile without a lock. They
/// see every version whose insert returned before they began, in the sense of happens-before.
///
/// Three rules make that true.
/// 1. Chunks and directories are never freed while the index lives, and a slot once stored names a
///    complete operation for ever: a reader that lost a race reads stale words, never wild ones.
/// 2. A chunk's content is believed only when its version was even and did not change.
/// 3. Between finding a chunk and reading its version a split may move the upper part of its range
///    away. So `next` is compared with the target after the version was read, inside the window
///    that rule 2 protects; without that a present key is missed once in a million reads.
class ChunkIndex {
  public:
    /// The content of one chunk at one moment.
    struct Copy {
        const Chunk* chunk;
        const Chunk* next;
        std::uint32_t count;
        std::array<Slot, Chunk::slots_max> slots;
    };

    explicit ChunkIndex(const Arena& arena);
    ChunkIndex(const ChunkIndex&) = delete;
    ChunkIndex& operator=(const ChunkIndex&) = delete;
    ~ChunkIndex();

    /// Its operation is complete in the arena and its version is not yet there.
    void insert(Slot slot);

    /// The first version at or behind the target; 0 when there is none.
    [[nodiscard]] Slot find(const Target& target) const;

    [[nodiscard]] const Chunk* first() const noexcept { return first_; }
    void copy(const Chunk* chunk, Copy& to) const;
    /// Copies the chunk whose range holds the target; returns the position in it of the first
    /// version at or behind the target, or its count.
    [[nodiscard]] std::uint32_t copy_at(const Target& target, Copy& to) const;
    /// Copies the last chunk; returns its count.
    [[nodiscard]] std::uint32_t copy_last(Copy& to) const;
    /// Copies the chunk before `chunk`, which is not the first one.
    void copy_before(const Chunk* chunk, Copy& to) const;

    /// About how many of `entries` versions lie in [lower, upper), without an upper in all from
    /// lower on. Exact within one chunk.
    [[nodiscard]] std::uint64_t count_between(const Target& lower,
                                              const std::optional<Target>& upper,
                                              std::uint64_t entries) const;

    /// Bytes of chunks and directories. Any thread.
    [[nodiscard]] std::size_t memory() const noexcept {
        return memory_.load(std::memory_order_relaxed);
    }

  private:
    struct Place {
        const Chunk* chunk;
        const Chunk* bound;   // a chunk that is known to lie behind the target, or null
        std::uint32_t index;  // of the chunk in the directory
        std::uint32_t count;  // of the directory
    };
    struct Rank {
        const Chunk* chunk;
        std::uint32_t index;
        std::uint32_t position;
    };

    [[nodiscard]] Place locate(const Target& target) const noexcept;
    [[nodiscard]] std::uint32_t lower_bound(const Chunk& chunk, std::uint32_t count,
                                            const Target& target) const noexcept;
    template <typename Read>
    void read_at(const Place& place, const Target& target, Read read) const;
    [[nodiscard]] Rank rank(const Target& target) const;
    [[nodiscard]] Rank end_rank() const;

    [[nodiscard]] Chunk* make_room(Chunk* chunk, std::uint32_t& position, Slot slot);
    Chunk* split(Chunk* chunk, std::uint32_t from, Slot low);
    void set_skip(Chunk& chunk, std::uint32_t skip) const;
    void list(Chunk* chunk);
    void rebuild_directory(std::size_t room);

    const Arena& arena_;
    Chunk* first_;
    Chunk* last_;
    Bytes greatest_;                // key, in the arena; empty before the first insert
    std::vector<Chunk*> unlisted_;  // chunks the directory does not name yet
    std::vector<std::unique_ptr<Directory>> directories_;  // the last one is in use
    std::atomic<const Directory*> directory_{nullptr};
    std::atomic<std::size_t> memory_{0};
};

}  // namespace strata
