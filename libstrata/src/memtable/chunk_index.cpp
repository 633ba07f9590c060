// SPDX-License-Identifier: Apache-2.0
#include "memtable/chunk_index.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <thread>

namespace strata {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

// A directory that lags by a 32nd costs one lookup in 64 a hop; the sum of all directories ever
// built stays below a twentieth of the memtable.
constexpr std::size_t unlisted_min = 32;
constexpr std::size_t unlisted_fraction = 32;

// Waits for the writer to finish with a chunk. A writer that was preempted needs the processor.
void wait_for_writer(unsigned tries) {
    if (tries < 64) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
        return;
    }
    std::this_thread::yield();
}

// Asks for the header and for the windows that a binary search meets first, all at once: they are
// then one miss, not a chain of five.
void prefetch(const Chunk* chunk) {
    __builtin_prefetch(chunk);
    constexpr std::uint32_t line = 64 / sizeof(std::uint64_t);
    for (std::uint32_t i = 4 * line; i < Chunk::slots_max; i += 4 * line) {
        __builtin_prefetch(&chunk->windows[i - 1]);
    }
}

// Makes the version odd while it lives.
class Change {
  public:
    explicit Change(Chunk& chunk) : chunk_{chunk}, version_{chunk.version.load(relaxed)} {
        chunk_.version.store(version_ + 1, release);
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() { chunk_.version.store(version_ + 2, release); }

  private:
    Chunk& chunk_;
    std::uint32_t version_;
};

}  // namespace

ChunkIndex::ChunkIndex(const Arena& arena) : arena_{arena}, first_{new Chunk{0}}, last_{first_} {
    memory_.fetch_add(sizeof(Chunk), relaxed);
    unlisted_.push_back(first_);
    rebuild_directory(1);
}

ChunkIndex::~ChunkIndex() {
    for (Chunk* chunk = first_; chunk != nullptr;) {
        Chunk* const next = chunk->next.load(relaxed);
        delete chunk;
        chunk = next;
    }
}

void ChunkIndex::insert(Slot slot) {
    const Target target{slot_key(arena_, slot), slot_delta(slot)};
    Chunk* chunk = last_;
    std::uint32_t position = 0;
    if (target.key > greatest_) {
        greatest_ = target.key;
        position = chunk->count.load(relaxed);
    } else {
        read_at(locate(target), target, [&](const Chunk& found, const Chunk* /*next*/) {
            // The writer owns every chunk; only readers see them as constant.
            chunk = const_cast<Chunk*>(&found);
            position = lower_bound(found, found.count.load(relaxed), target);
        });
    }
    if (chunk->count.load(relaxed) == Chunk::slots_max) {
        chunk = make_room(chunk, position, slot);
    }
    const std::uint64_t window = key_window(target.key, chunk->skip.load(relaxed));
    const std::uint32_t count = chunk->count.load(relaxed);
    if (position == count) {
        chunk->windows[count].store(window, release);
        chunk->slots[count].store(slot, release);
        chunk->count.store(count + 1, release);
        return;
    }
    const Change change{*chunk};
    for (std::uint32_t i = count; i > position; --i) {
        chunk->windows[i].store(chunk->windows[i - 1].load(relaxed), release);
        chunk->slots[i].store(chunk->slots[i - 1].load(relaxed), release);
    }
    chunk->windows[position].store(window, release);
    chunk->slots[position].store(slot, release);
    chunk->count.store(count + 1, release);
}

Slot ChunkIndex::find(const Target& target) const {
    Slot found = 0;
    read_at(locate(target), target, [&](const Chunk& chunk, const Chunk* next) {
        const std::uint32_t count = chunk.count.load(acquire);
        const std::uint32_t position = lower_bound(chunk, count, target);
        if (position < count) {
            found = chunk.slots[position].load(acquire);
        } else {
            found = next != nullptr ? next->low : 0;
        }
    });
    return found;
}

void ChunkIndex::copy(const Chunk* chunk, Copy& to) const {
    to.chunk = chunk;
    for (unsigned tries = 0;; ++tries) {
        const std::uint32_t version = chunk->version.load(acquire);
        if (version % 2 == 0) {
            to.next = chunk->next.load(acquire);
            to.count = chunk->count.load(acquire);
            for (std::uint32_t i = 0; i < to.count; ++i) {
                to.slots[i] = chunk->slots[i].load(acquire);
            }
            if (chunk->version.load(acquire) == version) {
                return;
            }
        }
        wait_for_writer(tries);
    }
}

std::uint32_t ChunkIndex::copy_at(const Target& target, Copy& to) const {
    std::uint32_t position = 0;
    read_at(locate(target), target, [&](const Chunk& chunk, const Chunk* next) {
        to.chunk = &chunk;
        to.next = next;
        to.count = chunk.count.load(acquire);
        position = lower_bound(chunk, to.count, target);
        for (std::uint32_t i = 0; i < to.count; ++i) {
            to.slots[i] = chunk.slots[i].load(acquire);
        }
    });
    return position;
}

std::uint32_t ChunkIndex::copy_last(Copy& to) const {
    copy(directory_.load(acquire)->chunks().back(), to);
    while (to.next != nullptr) {
        copy(to.next, to);
    }
    return to.count;
}

void ChunkIndex::copy_before(const Chunk* chunk, Copy& to) const {
    // The low version of a chunk is fixed, so the chunk whose range holds the place just before
    // it is the one whose next it is, however often that side is split meanwhile.
    const Target target{slot_key(arena_, chunk->low), slot_delta(chunk->low) + 1};
    static_cast<void>(copy_at(target, to));
    STRATA_ASSERT(to.next == chunk);
}

std::uint64_t ChunkIndex::count_between(const Target& lower, const std::optional<Target>& upper,
                                        std::uint64_t entries) const {
    const Rank from = rank(lower);
    const Rank to = upper ? rank(*upper) : end_rank();
    if (from.chunk == to.chunk) {
        return to.position > from.position ? to.position - from.position : 0;
    }
    const std::uint64_t chunks = directory_.load(acquire)->chunks().size();
    const std::uint64_t average = std::max<std::uint64_t>(1, entries / chunks);
    const std::uint64_t end = to.index * average + to.position;
    const std::uint64_t begin = from.index * average + from.position;
    return end > begin ? std::min(end - begin, entries) : 0;
}

ChunkIndex::Rank ChunkIndex::rank(const Target& target) const {
    const Place place = locate(target);
    Rank rank{.chunk = place.chunk, .index = place.index, .position = 0};
    read_at(place, target, [&](const Chunk& chunk, const Chunk* /*next*/) {
        rank.chunk = &chunk;
        rank.position = lower_bound(chunk, chunk.count.load(acquire), target);
    });
    return rank;
}

ChunkIndex::Rank ChunkIndex::end_rank() const {
    const std::span<Chunk* const> chunks = directory_.load(acquire)->chunks();
    const Chunk* last = chunks.back();
    while (const Chunk* const next = last->next.load(acquire)) {
        last = next;
    }
    return Rank{last, static_cast<std::uint32_t>(chunks.size() - 1), last->count.load(acquire)};
}

ChunkIndex::Place ChunkIndex::locate(const Target& target) const noexcept {
    const Directory& directory = *directory_.load(acquire);
    const Directory::Position at = directory.find(arena_, target);
    prefetch(directory.chunk(at.index));
    const Chunk* const bound = at.index + 1 < at.count ? directory.chunk(at.index + 1) : nullptr;
    return Place{directory.chunk(at.index), bound, at.index, at.count};
}

// Position of the first version at or behind the target, among the first `count`.
std::uint32_t ChunkIndex::lower_bound(const Chunk& chunk, std::uint32_t count,
                                      const Target& target) const noexcept {
    const std::uint64_t window = key_window(target.key, chunk.skip.load(acquire));
    const auto window_at = [&](std::uint32_t i) { return chunk.windows[i].load(acquire); };
    std::uint32_t low = count_less(count, window, window_at);
    if (low == count || window_at(low) != window) {
        return low;
    }
    std::uint32_t high = low + 1;
    if (high < count && window_at(high) == window) {
        high = count_not_greater(count, window, window_at);
    }
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (compare_slot(arena_, chunk.slots[middle].load(acquire), target) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Calls read(chunk, next) for the chunk whose range holds the target, until a call was not
// disturbed. Starting again at the same chunk is enough: its low version never moves.
template <typename Read>
void ChunkIndex::read_at(const Place& place, const Target& target, Read read) const {
    const Chunk* chunk = place.chunk;
    for (unsigned tries = 0;; ++tries) {
        const std::uint32_t version = chunk->version.load(acquire);
        if (version % 2 == 0) [[likely]] {
            // Rule 3; without a touch of the next chunk when the directory knows it.
            const Chunk* const next = chunk->next.load(acquire);
            if (next != place.bound && next != nullptr &&
                compare_slot(arena_, next->low, target) <= 0) {
                chunk = next;
                tries = 0;
                continue;
            }
            read(*chunk, next);
            if (chunk->version.load(acquire) == version) [[likely]] {
                return;
            }
        }
        wait_for_writer(tries);
    }
}

// Splits a full chunk; returns the half for the slot and its position there.
Chunk* ChunkIndex::make_room(Chunk* chunk, std::uint32_t& position, Slot slot) {
    if (position == Chunk::slots_max) {
        // Ascending loads fill their chunks wholly.
        position = 0;
        return split(chunk, Chunk::slots_max, slot);
    }
    // So do descending ones: only the first chunk may be left empty.
    const bool before_all = position == 0 && chunk == first_;
    const std::uint32_t from = before_all ? 0 : Chunk::slots_max / 2;
    Chunk* const right = split(chunk, from, chunk->slots[from].load(relaxed));
    if (position <= from) {
        return chunk;
    }
    position -= from;
    return right;
}

// Moves the slots from position `from` on to a new chunk behind, which begins with `low`.
Chunk* ChunkIndex::split(Chunk* chunk, std::uint32_t from, Slot low) {
    Chunk* const next = chunk->next.load(relaxed);
    const std::uint32_t moved = chunk->count.load(relaxed) - from;
    const Bytes low_key = slot_key(arena_, low);
    Chunk* const right = new Chunk{low};
    memory_.fetch_add(sizeof(Chunk), relaxed);
    for (std::uint32_t i = 0; i < moved; ++i) {
        right->windows[i].store(chunk->windows[from + i].load(relaxed), relaxed);
        right->slots[i].store(chunk->slots[from + i].load(relaxed), relaxed);
    }
    right->count.store(moved, relaxed);
    right->skip.store(chunk->skip.load(relaxed), relaxed);
    right->next.store(next, relaxed);
    set_skip(*right, next == nullptr ? 0 : common_prefix(low_key, slot_key(arena_, next->low)));
    const std::uint32_t left_skip =
        chunk->low == 0 ? 0 : common_prefix(slot_key(arena_, chunk->low), low_key);
    {
        const Change change{*chunk};
        chunk->next.store(right, release);
        chunk->count.store(from, release);
        set_skip(*chunk, left_skip);
    }
    if (next == nullptr) {
        last_ = right;
    }
    list(right);
    return right;
}

void ChunkIndex::set_skip(Chunk& chunk, std::uint32_t skip) const {
    if (chunk.skip.load(relaxed) == skip) {
        return;
    }
    chunk.skip.store(skip, release);
    const std::uint32_t count = chunk.count.load(relaxed);
    for (std::uint32_t i = 0; i < count; ++i) {
        const Bytes key = slot_key(arena_, chunk.slots[i].load(relaxed));
        chunk.windows[i].store(key_window(key, skip), release);
    }
}

// Brings a new chunk into the directory, now or with others later.
void ChunkIndex::list(Chunk* chunk) {
    Directory& directory = *directories_.back();
    if (chunk == last_) {
        if (!directory.append(arena_, chunk)) {
            unlisted_.push_back(chunk);
            rebuild_directory(directory.chunks().size() + 4);
        }
        return;
    }
    unlisted_.push_back(chunk);
    const std::size_t listed = directory.chunks().size();
    if (unlisted_.size() >= std::max(unlisted_min, listed / unlisted_fraction)) {
        rebuild_directory(listed / 16);
    }
}

void ChunkIndex::rebuild_directory(std::size_t room) {
    const Directory* const older = directories_.empty() ? nullptr : directories_.back().get();
    struct Addition {
        std::uint32_t after;  // index in the older directory
        Target low;
        Chunk* chunk;
    };
    std::vector<Addition> additions;
    for (Chunk* const chunk : unlisted_) {
        if (chunk->low == 0) {
            additions.push_back({0, {}, chunk});
        } else {
            const Target low{slot_key(arena_, chunk->low), slot_delta(chunk->low)};
            additions.push_back({older->find(arena_, low).index, low, chunk});
        }
    }
    unlisted_.clear();
    std::ranges::sort(additions, [](const Addition& left, const Addition& right) {
        const int order = left.low.key.compare(right.low.key);
        return order != 0 ? order < 0 : left.low.delta > right.low.delta;
    });
    std::vector<Chunk*> chunks;
    auto addition = additions.begin();
    const std::span<Chunk* const> listed =
        older == nullptr ? std::span<Chunk* const>{} : older->chunks();
    chunks.reserve(listed.size() + additions.size());
    for (std::uint32_t i = 0; i < listed.size(); ++i) {
        chunks.push_back(listed[i]);
        for (; addition != additions.end() && addition->after == i; ++addition) {
            chunks.push_back(addition->chunk);
        }
    }
    for (; addition != additions.end(); ++addition) {
        chunks.push_back(addition->chunk);
    }
    const auto capacity = static_cast<std::uint32_t>(chunks.size() + room);
    directories_.push_back(std::make_unique<Directory>(arena_, chunks, capacity, older));
    memory_.fetch_add(directories_.back()->memory(), relaxed);
    directory_.store(directories_.back().get(), release);
}

}  // namespace strata
