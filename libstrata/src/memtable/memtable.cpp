// SPDX-License-Identifier: Apache-2.0
#include "memtable/memtable.hpp"

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "entry/operation.hpp"
#include "memtable/memtable_cursor.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
// Keeps the sum of counts in the index far from its 32 bits.
constexpr std::uint64_t entries_max = std::uint64_t{1} << 31;
constexpr std::size_t index_bytes = sizeof(std::uint64_t) + sizeof(Slot);

// Only the writer adds, so no atomic addition is needed.
template <typename T>
void add(std::atomic<T>& to, T amount) {
    to.store(to.load(relaxed) + amount, relaxed);
}

}  // namespace

Memtable::Memtable(Sequence base, std::size_t size_expected)
    : base_{base}, filter_{size_expected} {}

bool Memtable::has_room(Sequence last, std::uint64_t operations, std::size_t bytes) const noexcept {
    return last <= base_ + sequences_max && entries() + operations <= entries_max &&
           arena_.has_room(bytes + operations * sizeof(Slot));
}

void Memtable::insert(const Entry& entry) {
    // The line of the filter arrives while the index is searched.
    const std::uint64_t hash = hash64(entry.key, 0);
    filter_.prefetch(hash);
    index_.insert(keep(entry));
    filter_.add(hash);
}

Slot Memtable::keep(const Entry& entry) {
    STRATA_ASSERT(entry.sequence > std::max(base_, last_sequence()));
    STRATA_ASSERT(entry.sequence - base_ <= sequences_max && !entry.key.empty());
    const std::size_t size = operation_size(entry);
    const Arena::Piece piece = arena_.allocate(size);
    store_operation(piece.bytes, entry);
    add(size_, size + index_bytes);
    add(entries_, std::uint64_t{1});
    if (entry.kind == Kind::del) {
        add(deletes_, std::uint64_t{1});
    }
    if (first_sequence_.load(relaxed) == 0) {
        first_sequence_.store(entry.sequence, relaxed);
    }
    last_sequence_.store(entry.sequence, relaxed);
    return make_slot(piece.offset, static_cast<std::uint32_t>(entry.sequence - base_));
}

std::optional<Entry> Memtable::find(Bytes key, Sequence at) const {
    const Slot slot = index_.find(memtable_target(key, at, base_));
    if (slot == 0) {
        return std::nullopt;
    }
    const Entry entry = memtable_entry(arena_, slot, base_);
    if (entry.key != key) {
        return std::nullopt;
    }
    return entry;
}

std::unique_ptr<Cursor> Memtable::cursor() const {
    return std::make_unique<MemtableCursor>(arena_, index_, base_);
}

std::uint64_t Memtable::count_between(Bytes lower, std::optional<Bytes> upper) const {
    if (lower.empty() && !upper) {
        return entries();
    }
    std::optional<Target> to;
    if (upper) {
        to = memtable_target(*upper, sequence_max, base_);
    }
    return index_.count_between(memtable_target(lower, sequence_max, base_), to, entries());
}

}  // namespace strata
