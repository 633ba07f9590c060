// SPDX-License-Identifier: Apache-2.0
#include "serve/idempotency.hpp"

#include <utility>

namespace strata::tools {

void IdempotencyWindow::drop_old(Clock::time_point now) {
    while (!order_.empty() && (order_.size() > entries_max || now - order_.front().since > kept)) {
        const auto entry = entries_.find(order_.front().key);
        if (entry != entries_.end() && entry->second.order == order_.front().order) {
            entries_.erase(entry);
        }
        order_.pop_front();
    }
}

IdempotencyWindow::Lookup IdempotencyWindow::begin(const std::string& key,
                                                   std::uint64_t fingerprint,
                                                   Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    drop_old(now);
    const auto known = entries_.find(key);
    if (known == entries_.end()) {
        entries_.emplace(key, Entry{.fingerprint = fingerprint, .order = next_order_});
        order_.push_back({.key = key, .order = next_order_, .since = now});
        ++next_order_;
        drop_old(now);
        return {};
    }
    const Entry& entry = known->second;
    if (entry.fingerprint != fingerprint) {
        return {.found = Found::other};
    }
    if (!entry.finished) {
        return {.found = Found::running};
    }
    Response answer;
    answer.status = entry.status;
    answer.content_type = entry.content_type;
    answer.body = entry.body;
    answer.sequence = entry.sequence;
    return {.found = Found::replay, .answer = std::move(answer)};
}

void IdempotencyWindow::finish(const std::string& key, const Response& answer) {
    const std::lock_guard lock{mutex_};
    const auto known = entries_.find(key);
    if (known == entries_.end()) {
        return;
    }
    Entry& entry = known->second;
    entry.finished = true;
    entry.status = answer.status;
    entry.content_type = answer.content_type;
    entry.body = answer.body;
    entry.sequence = answer.sequence;
}

void IdempotencyWindow::forget(const std::string& key) {
    const std::lock_guard lock{mutex_};
    entries_.erase(key);
}

}  // namespace strata::tools
