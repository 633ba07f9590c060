// SPDX-License-Identifier: Apache-2.0
#include "table/block_cache.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <new>

namespace strata {
namespace {

/// A slot word is the address of a frame, whose 6 low and 16 high bits are zero, and in those 22
/// bits the count of pins. Without a frame the 22 bits tell when the block was evicted, as the
/// number of evictions modulo 2^22 - 1 plus 1; 0: never.
constexpr std::size_t frame_alignment = 64;
constexpr unsigned address_low_bits = 6;
constexpr unsigned address_bits = 48;
constexpr unsigned extra_bits = 22;
constexpr std::uint64_t extra_mask = (std::uint64_t{1} << extra_bits) - 1;
constexpr std::uint64_t pins_max = extra_mask;

/// Bytes in front of the data of a frame.
constexpr std::size_t frame_header =
    (sizeof(BlockFrame) + frame_alignment - 1) / frame_alignment * frame_alignment;

/// The first queue gives way before the main one when it holds more than this share.
constexpr std::size_t first_share = 10;
/// Hits that move a block from the first queue to the main one.
constexpr std::uint8_t hits_to_stay = 2;
constexpr std::uint8_t hits_max = 3;

std::uint64_t word_of(const BlockFrame* frame, std::uint64_t pins) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(frame);
    STRATA_ASSERT(address % frame_alignment == 0 && address >> address_bits == 0);
    return (std::uint64_t{address} >> address_low_bits << extra_bits) | pins;
}

BlockFrame* frame_of(std::uint64_t word) noexcept {
    const std::uint64_t address = word >> extra_bits << address_low_bits;
    return reinterpret_cast<BlockFrame*>(static_cast<std::uintptr_t>(address));
}

std::uint64_t extra_of(std::uint64_t word) noexcept { return word & extra_mask; }

/// Asks for the lines that a search in the block will touch: view, prefix, heads, offsets. Harmless
/// whatever the address.
void prefetch(const BlockFrame* frame) noexcept {
    constexpr std::size_t lines = 8;
    const auto address = reinterpret_cast<std::uintptr_t>(frame);
    for (std::size_t i = 0; i < lines; ++i) {
        __builtin_prefetch(reinterpret_cast<const void*>(address + i * frame_alignment));
    }
}

void count_one(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

void BlockFrame::Free::operator()(BlockFrame* frame) const noexcept {
    frame->~BlockFrame();
    ::operator delete (static_cast<void*>(frame), std::align_val_t{frame_alignment});
}

BlockFrame::Pointer BlockFrame::allocate(std::size_t size) {
    void* memory = ::operator new (frame_header + size, std::align_val_t{frame_alignment});
    return Pointer{new (memory) BlockFrame{size}};
}

char* BlockFrame::data() noexcept { return reinterpret_cast<char*>(this) + frame_header; }

std::size_t BlockFrame::charge() const noexcept { return frame_header + size_; }

void BlockPin::unpin(void* pinned) noexcept {
    auto* frame = static_cast<BlockFrame*>(pinned);
    if (frame->slot_ == nullptr) {
        BlockFrame::Free{}(frame);
        return;
    }
    // Release: whoever evicts the frame sees all reads of it as done.
    const std::uint64_t before = frame->slot_->fetch_sub(1, std::memory_order_release);
    STRATA_DEBUG_ASSERT(extra_of(before) > 0);
    static_cast<void>(before);
}

void FrameList::push(BlockFrame* frame) noexcept {
    frame->newer_ = nullptr;
    frame->older_ = newest_;
    (newest_ != nullptr ? newest_->newer_ : oldest_) = frame;
    newest_ = frame;
    count_ += 1;
    bytes_ += frame->charge();
}

void FrameList::remove(BlockFrame* frame) noexcept {
    (frame->newer_ != nullptr ? frame->newer_->older_ : newest_) = frame->older_;
    (frame->older_ != nullptr ? frame->older_->newer_ : oldest_) = frame->newer_;
    count_ -= 1;
    bytes_ -= frame->charge();
}

BlockCache::~BlockCache() {
    // Tables hold the cache, so all of them are gone and have taken their blocks along.
    const MutexLock lock{mutex_};
    STRATA_DEBUG_ASSERT(first_.count() + main_.count() == 0);
}

/// Threads have their stacks megabytes apart, which makes a cheap number for each.
BlockCache::Stripe& BlockCache::stripe() noexcept {
    const char here = 0;
    const auto address = std::uint64_t{reinterpret_cast<std::uintptr_t>(&here)};
    return stripes_[((address >> 16) * 0x9e3779b97f4a7c15U) >> 60];
}

BlockPin BlockCache::find(const BlockSlots& slots, std::size_t position) noexcept {
    std::atomic<std::uint64_t>& slot = slots.slots_[position];
    std::uint64_t word = slot.load(std::memory_order_relaxed);
    prefetch(frame_of(word));
    while (frame_of(word) != nullptr && extra_of(word) < pins_max) {
        // Nothing of the frame is touched before the pin is in the word: until then it may go.
        if (slot.compare_exchange_weak(word, word + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
            BlockFrame* frame = frame_of(word);
            const std::uint8_t hits = frame->hits_.load(std::memory_order_relaxed);
            if (hits < hits_max) {
                frame->hits_.store(static_cast<std::uint8_t>(hits + 1), std::memory_order_relaxed);
            }
            count_one(stripe().hits);
            return BlockPin{frame};
        }
    }
    count_one(stripe().misses);
    return {};
}

BlockPin BlockCache::insert(const BlockSlots& slots, std::size_t position,
                            BlockFrame::Pointer frame) {
    if (frame->charge() > capacity() / 8) {
        return BlockPin{std::move(frame)};
    }
    std::atomic<std::uint64_t>& slot = slots.slots_[position];
    const MutexLock lock{mutex_};
    std::uint64_t word = slot.load(std::memory_order_relaxed);
    while (frame_of(word) != nullptr) {
        if (extra_of(word) == pins_max) {
            return BlockPin{std::move(frame)};
        }
        if (slot.compare_exchange_weak(word, word + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
            return BlockPin{frame_of(word)};
        }
    }
    if (!make_room(frame->charge())) {
        return BlockPin{std::move(frame)};
    }
    BlockFrame* cached = frame.release();
    cached->slot_ = &slot;
    cached->main_ = was_here(word);
    (cached->main_ ? main_ : first_).push(cached);
    block_bytes_.store(first_.bytes() + main_.bytes(), std::memory_order_relaxed);
    // Only holders of the mutex write to a word without frame.
    slot.store(word_of(cached, 1), std::memory_order_release);
    return BlockPin{cached};
}

void BlockCache::forget(const BlockSlots& slots) noexcept {
    const MutexLock lock{mutex_};
    for (std::size_t i = 0; i < slots.count_; ++i) {
        const std::uint64_t word = slots.slots_[i].load(std::memory_order_acquire);
        BlockFrame* frame = frame_of(word);
        if (frame != nullptr) {
            STRATA_ASSERT(extra_of(word) == 0);
            unlink(frame);
            BlockFrame::Free{}(frame);
        }
    }
    block_bytes_.store(first_.bytes() + main_.bytes(), std::memory_order_relaxed);
}

void BlockCache::charge(std::ptrdiff_t bytes) noexcept {
    charged_.fetch_add(bytes, std::memory_order_relaxed);
    if (bytes > 0 && block_bytes_.load(std::memory_order_relaxed) > room_for_blocks()) {
        const MutexLock lock{mutex_};
        static_cast<void>(make_room(0));
    }
}

void BlockCache::set_capacity(std::size_t bytes) noexcept {
    capacity_.store(bytes, std::memory_order_relaxed);
    const MutexLock lock{mutex_};
    static_cast<void>(make_room(0));
}

BlockCache::Counters BlockCache::counters() const noexcept {
    Counters counters;
    for (const Stripe& stripe : stripes_) {
        counters.hits += stripe.hits.load(std::memory_order_relaxed);
        counters.misses += stripe.misses.load(std::memory_order_relaxed);
    }
    counters.block_bytes = block_bytes_.load(std::memory_order_relaxed);
    counters.charged_bytes = static_cast<std::uint64_t>(
        std::max<std::ptrdiff_t>(charged_.load(std::memory_order_relaxed), 0));
    const MutexLock lock{mutex_};
    counters.evictions = evictions_;
    return counters;
}

std::size_t BlockCache::room_for_blocks() const noexcept {
    const auto charged = static_cast<std::size_t>(
        std::max<std::ptrdiff_t>(charged_.load(std::memory_order_relaxed), 0));
    const std::size_t limit = capacity();
    return limit > charged ? limit - charged : 0;
}

/// Evicts until `bytes` more fit; false when too much is pinned.
bool BlockCache::make_room(std::size_t bytes) noexcept {
    const std::size_t room = room_for_blocks();
    while (first_.bytes() + main_.bytes() + bytes > room) {
        if (bytes > room || !evict_one()) {
            block_bytes_.store(first_.bytes() + main_.bytes(), std::memory_order_relaxed);
            return false;
        }
    }
    block_bytes_.store(first_.bytes() + main_.bytes(), std::memory_order_relaxed);
    return true;
}

/// Looks at the oldest frames until one goes. Each is passed at most hits_max + 1 times: after
/// that all that are left are pinned.
bool BlockCache::evict_one() noexcept {
    const std::size_t looks = (first_.count() + main_.count()) * (hits_max + 2U);
    for (std::size_t i = 0; i < looks; ++i) {
        const bool first_is_large = first_.bytes() > (first_.bytes() + main_.bytes()) / first_share;
        BlockFrame* frame = first_is_large || main_.count() == 0 ? first_.oldest() : main_.oldest();
        if (frame == nullptr) {
            return false;
        }
        const std::uint8_t hits = frame->hits_.load(std::memory_order_relaxed);
        const bool stays = frame->main_ ? hits > 0 : hits >= hits_to_stay;
        if (!stays && try_evict(frame)) {
            return true;
        }
        pass(frame);
    }
    return false;
}

/// Empties the word if nobody has the block pinned.
bool BlockCache::try_evict(BlockFrame* frame) noexcept {
    std::uint64_t expected = word_of(frame, 0);
    const std::uint64_t mark = (evictions_ + 1) % extra_mask + 1;
    // Acquire: the reads of earlier holders are done before the memory is given back.
    if (!frame->slot_->compare_exchange_strong(expected, mark, std::memory_order_acq_rel,
                                               std::memory_order_relaxed)) {
        return false;
    }
    evictions_ += 1;
    unlink(frame);
    BlockFrame::Free{}(frame);
    return true;
}

/// Moves a frame that stays to the new end of the main queue, one hit poorer.
void BlockCache::pass(BlockFrame* frame) noexcept {
    unlink(frame);
    const std::uint8_t hits = frame->hits_.load(std::memory_order_relaxed);
    if (frame->main_ && hits > 0) {
        frame->hits_.store(static_cast<std::uint8_t>(hits - 1), std::memory_order_relaxed);
    } else {
        frame->hits_.store(0, std::memory_order_relaxed);
    }
    frame->main_ = true;
    main_.push(frame);
}

void BlockCache::unlink(BlockFrame* frame) noexcept {
    (frame->main_ ? main_ : first_).remove(frame);
}

/// Whether an empty word says that its block was evicted less than a main queue ago.
bool BlockCache::was_here(std::uint64_t word) const noexcept {
    if (word == 0) {
        return false;
    }
    const std::uint64_t now = evictions_ % extra_mask + 1;
    const std::uint64_t age = (now + extra_mask - extra_of(word)) % extra_mask;
    return age < main_.count() + first_.count();
}

}  // namespace strata
