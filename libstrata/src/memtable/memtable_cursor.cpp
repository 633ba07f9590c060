// SPDX-License-Identifier: Apache-2.0
#include "memtable/memtable_cursor.hpp"

#include "base/assert.hpp"
#include "memtable/memtable.hpp"

#include <algorithm>

namespace strata {
namespace {

// Operations lie in the arena in the order of insertion. So many entries ahead their memory is
// asked for, which covers a miss at 10 ns an entry.
constexpr std::uint32_t ahead = 16;

}  // namespace

Target memtable_target(Bytes key, Sequence sequence, Sequence base) noexcept {
    const Sequence delta = sequence > base ? sequence - base : 0;
    // Above every delta there is.
    return Target{key, static_cast<std::uint32_t>(std::min(delta, Memtable::sequences_max + 1))};
}

Entry memtable_entry(const Arena& arena, Slot slot, Sequence base) noexcept {
    Entry entry = load_operation(arena.at(slot_offset(slot)));
    entry.sequence = base + slot_delta(slot);
    return entry;
}

Result<bool> MemtableCursor::seek_first() {
    index_.copy(index_.first(), copy_);
    position_ = 0;
    return stand_at_or_after();
}

Result<bool> MemtableCursor::seek_last() {
    position_ = index_.copy_last(copy_);
    return stand_before();
}

Result<bool> MemtableCursor::seek(Bytes key, Sequence sequence) {
    position_ = index_.copy_at(memtable_target(key, sequence, base_), copy_);
    return stand_at_or_after();
}

Result<bool> MemtableCursor::seek_before(Bytes key) {
    position_ = index_.copy_at(memtable_target(key, sequence_max, base_), copy_);
    return stand_before();
}

Result<bool> MemtableCursor::next() {
    STRATA_ASSERT(standing_);
    ++position_;
    prefetch(position_ + ahead);
    return stand_at_or_after();
}

Result<bool> MemtableCursor::prev() {
    STRATA_ASSERT(standing_);
    prefetch(position_ - ahead);
    return stand_before();
}

// The range of a copy ends where that of its `next` begins, whatever was split since.
bool MemtableCursor::stand_at_or_after() {
    while (position_ == copy_.count)
        [[unlikely]] {
            if (copy_.next == nullptr) {
                standing_ = false;
                return false;
            }
            index_.copy(copy_.next, copy_);
            position_ = 0;
        }
    show();
    return true;
}

bool MemtableCursor::stand_before() {
    while (position_ == 0)
        [[unlikely]] {
            if (copy_.chunk->low == 0) {
                standing_ = false;
                return false;
            }
            index_.copy_before(copy_.chunk, copy_);
            position_ = copy_.count;
        }
    --position_;
    show();
    return true;
}

void MemtableCursor::show() {
    standing_ = true;
    entry_ = memtable_entry(arena_, copy_.slots[position_], base_);
}

void MemtableCursor::prefetch(std::uint32_t position) const {
    if (position < copy_.count) {
        const char* const operation = arena_.at(slot_offset(copy_.slots[position]));
        __builtin_prefetch(operation);
        __builtin_prefetch(operation + 64);
    }
}

}  // namespace strata
