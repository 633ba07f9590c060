// SPDX-License-Identifier: Apache-2.0
#include "compact/keep_rule.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace strata {

KeepRule::KeepRule(KeepLimits limits)
    : limits_{std::move(limits)}, tombstone_limit_{limits_.safe_sequence} {
    STRATA_ASSERT(std::ranges::is_sorted(limits_.snapshots));
    if (!limits_.snapshots.empty()) {
        tombstone_limit_ = std::min(tombstone_limit_, limits_.snapshots.front());
    }
}

bool KeepRule::keep(const Entry& entry) {
    const bool newest = entry.key != key_;
    STRATA_ASSERT(newest ? key_.empty() || key_ < entry.key : entry.sequence < newer_);
    const bool needed = newest || snapshot_between(entry.sequence, newer_);
    const bool keeps = needed && !(entry.kind == Kind::del && tombstone_may_go(entry));
    if (!needed) {
        history_floor_ = std::max(history_floor_, newer_);
    }
    if (newest) {
        key_ = entry.key;
    }
    newer_ = entry.sequence;
    ++(keeps ? kept_ : dropped_);
    return keeps;
}

bool KeepRule::tombstone_may_go(const Entry& entry) const {
    return entry.sequence <= tombstone_limit_ && !limits_.older_may_contain(entry.key);
}

bool KeepRule::snapshot_between(Sequence from, Sequence below) const noexcept {
    const auto first = std::ranges::lower_bound(limits_.snapshots, from);
    return first != limits_.snapshots.end() && *first < below;
}

}  // namespace strata
