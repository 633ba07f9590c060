// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"
#include "table/block_view.hpp"

#include <strata/bytes.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace strata {

/// A block in memory: its view in the first cache line, its bytes right behind. Made by the
/// reader of a table, filled, parsed, then given to a cache or kept by one pin.
class BlockFrame {
  public:
    struct Free {
        void operator()(BlockFrame* frame) const noexcept;
    };
    using Pointer = std::unique_ptr<BlockFrame, Free>;

    /// Room for `size` bytes, uninitialized.
    static Pointer allocate(std::size_t size);

    [[nodiscard]] char* data() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Memory it takes.
    [[nodiscard]] std::size_t charge() const noexcept;

    BlockView view{};  ///< of data(); set by whoever fills it

  private:
    friend class BlockCache;
    friend class BlockPin;
    friend class FrameList;
    explicit BlockFrame(std::size_t size) noexcept : size_{size} {}

    std::atomic<std::uint64_t>* slot_ = nullptr;  ///< null: not cached, its one pin owns it
    std::atomic<std::uint8_t> hits_{0};           ///< since it was loaded or looked at, at most 3
    bool main_ = false;                           ///< in which queue; under the cache's mutex
    std::size_t size_;
    BlockFrame* newer_ = nullptr;
    BlockFrame* older_ = nullptr;
};

/// Keeps a block where it is. Move-only; may be released by another thread. It must not outlive
/// the table whose block it holds.
class BlockPin {
  public:
    BlockPin() noexcept = default;
    /// Takes a frame that is in no cache.
    explicit BlockPin(BlockFrame::Pointer frame) noexcept : frame_{frame.release()} {}
    BlockPin(BlockPin&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    BlockPin& operator=(BlockPin&& other) noexcept {
        BlockPin moved{std::move(other)};
        std::swap(frame_, moved.frame_);
        return *this;
    }
    ~BlockPin() {
        if (frame_ != nullptr) {
            unpin(frame_);
        }
    }

    explicit operator bool() const noexcept { return frame_ != nullptr; }
    [[nodiscard]] const BlockView& view() const noexcept { return frame_->view; }

    /// Hands the pin over to a plain pointer, for a strata::Value: unpin() must be called with it
    /// exactly once. The pin is empty afterwards.
    [[nodiscard]] void* release() noexcept { return std::exchange(frame_, nullptr); }
    static void unpin(void* frame) noexcept;

  private:
    friend class BlockCache;
    explicit BlockPin(BlockFrame* pinned) noexcept : frame_{pinned} {}

    BlockFrame* frame_ = nullptr;
};

/// The addresses of one table's cached blocks: a word per block, by its position in the index.
/// The word holds a pointer to a frame and the count of its pins, so that a hit needs no hash
/// table and no lock. Made by the table, which gives it back to BlockCache::forget() at its end.
class BlockSlots {
  public:
    explicit BlockSlots(std::size_t blocks)
        : slots_{std::make_unique<std::atomic<std::uint64_t>[]>(blocks)}, count_{blocks} {}
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::size_t charge() const noexcept { return count_ * sizeof(std::uint64_t); }

  private:
    friend class BlockCache;
    std::unique_ptr<std::atomic<std::uint64_t>[]> slots_;
    std::size_t count_;
};

/// Frames in order of age; intrusive, so that any of them leaves at once.
class FrameList {
  public:
    void push(BlockFrame* frame) noexcept;
    void remove(BlockFrame* frame) noexcept;
    [[nodiscard]] BlockFrame* oldest() const noexcept { return oldest_; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  private:
    BlockFrame* newest_ = nullptr;
    BlockFrame* oldest_ = nullptr;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

/// The one memory budget of a store: cached blocks, and what others charge to it (memtables,
/// filters, indexes). Blocks make room for the charges.
///
/// A hit pins by compare-and-swap on the block's word and takes no lock. Misses and evictions hold
/// a mutex, never during I/O. Blocks enter a small first-in-first-out queue; those hit twice there
/// move to the main queue, a clock; a block that was evicted a short while ago and is wanted again
/// goes to the main queue directly, which its empty word remembers (after S3-FIFO: Yang and
/// others, SOSP 2023). So a scan passes through the first queue and leaves the rest alone. Only
/// blocks without pins are evicted. Thread-safe.
class BlockCache {
  public:
    /// In bytes. 0: nothing is cached.
    explicit BlockCache(std::size_t capacity) noexcept : capacity_{capacity} {}
    BlockCache(const BlockCache&) = delete;
    BlockCache& operator=(const BlockCache&) = delete;
    ~BlockCache();

    /// The block at this position, pinned; empty when it is not cached.
    [[nodiscard]] BlockPin find(const BlockSlots& slots, std::size_t position) noexcept;

    /// Offers a block that was just loaded and returns it pinned. Not cached are blocks above an
    /// eighth of the capacity, and those for which there is no room; when another thread was
    /// faster, its frame is returned.
    [[nodiscard]] BlockPin insert(const BlockSlots& slots, std::size_t position,
                                  BlockFrame::Pointer frame);

    /// Drops all blocks of a table. No pin of them may be left.
    void forget(const BlockSlots& slots) noexcept;

    /// Adds to what others use of the budget, or subtracts.
    void charge(std::ptrdiff_t bytes) noexcept;
    void set_capacity(std::size_t bytes) noexcept;
    [[nodiscard]] std::size_t capacity() const noexcept {
        return capacity_.load(std::memory_order_relaxed);
    }

    /// Counts are those of a statistic: under contention a few may be lost.
    struct Counters {
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
        std::uint64_t evictions = 0;
        std::uint64_t block_bytes = 0;    ///< of cached blocks
        std::uint64_t charged_bytes = 0;  ///< by others
    };
    [[nodiscard]] Counters counters() const noexcept;

  private:
    struct alignas(64) Stripe {
        std::atomic<std::uint64_t> hits{0};
        std::atomic<std::uint64_t> misses{0};
    };
    static constexpr std::size_t stripe_count = 16;

    [[nodiscard]] Stripe& stripe() noexcept;
    [[nodiscard]] std::size_t room_for_blocks() const noexcept;
    [[nodiscard]] bool make_room(std::size_t bytes) noexcept STRATA_REQUIRES(mutex_);
    [[nodiscard]] bool evict_one() noexcept STRATA_REQUIRES(mutex_);
    [[nodiscard]] bool try_evict(BlockFrame* frame) noexcept STRATA_REQUIRES(mutex_);
    void pass(BlockFrame* frame) noexcept STRATA_REQUIRES(mutex_);
    void unlink(BlockFrame* frame) noexcept STRATA_REQUIRES(mutex_);
    [[nodiscard]] bool was_here(std::uint64_t word) const noexcept STRATA_REQUIRES(mutex_);

    std::atomic<std::size_t> capacity_;
    std::atomic<std::ptrdiff_t> charged_{0};
    std::atomic<std::size_t> block_bytes_{0};  ///< written under mutex_
    std::array<Stripe, stripe_count> stripes_{};
    mutable Mutex mutex_;
    FrameList first_ STRATA_GUARDED_BY(mutex_);
    FrameList main_ STRATA_GUARDED_BY(mutex_);
    std::uint64_t evictions_ STRATA_GUARDED_BY(mutex_) = 0;
};

}  // namespace strata
