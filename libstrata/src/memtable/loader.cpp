// SPDX-License-Identifier: Apache-2.0
#include "memtable/loader.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <utility>

namespace strata {

void MemtableLoader::add(const Entry& entry) {
    const Slot slot = memtable_.keep(entry);
    memtable_.filter_.add(hash64(entry.key, 0));
    if (slots_.empty()) {
        first_key_ = slot_key(memtable_.arena_, slot);
        prefix_ = static_cast<std::uint32_t>(first_key_.size());
    }
    prefix_ = common_prefix(first_key_.substr(0, prefix_), entry.key);
    slots_.push_back(slot);
}

void MemtableLoader::finish() {
    const Arena& arena = memtable_.arena_;
    struct Item {
        std::uint64_t window;  // of the key, behind what all keys share
        Slot slot;
    };
    std::vector<Item> items;
    items.reserve(slots_.size());
    for (const Slot slot : std::exchange(slots_, {})) {
        items.push_back({key_window(slot_key(arena, slot), prefix_), slot});
    }
    std::ranges::sort(items, [&](const Item& left, const Item& right) {
        if (left.window != right.window) {
            return left.window < right.window;
        }
        const Target target{slot_key(arena, right.slot), slot_delta(right.slot)};
        return compare_slot(arena, left.slot, target) < 0;
    });
    for (const Item& item : items) {
        memtable_.index_.insert(item.slot);
    }
}

}  // namespace strata
