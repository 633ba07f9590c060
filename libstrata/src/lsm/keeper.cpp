// SPDX-License-Identifier: Apache-2.0
#include "lsm/keeper.hpp"

#include <algorithm>

namespace strata {
namespace {

// A synced frame without a later one to carry its mark could be taken for a torn tail if it were
// damaged; after this long the mark gets a frame of its own.
constexpr std::chrono::milliseconds mark_after{1000};
constexpr std::chrono::milliseconds idle_pause{250};

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               SteadyClock::now().time_since_epoch())
        .count();
}

}  // namespace

void Keeper::start() {
    last_end_change_ = SteadyClock::now();
    thread_ = std::thread{[this] { run(); }};
}

void Keeper::stop() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Keeper::sync_within(std::chrono::milliseconds interval) {
    const std::int64_t due = std::max<std::int64_t>(1, steady_ms() + interval.count());
    std::int64_t known = due_ms_.load(std::memory_order_relaxed);
    while (known == 0 || due < known) {
        if (due_ms_.compare_exchange_weak(known, due)) {
            core_.signal();
            return;
        }
    }
}

void Keeper::run() {
    while (!core_.stopping()) {
        const std::uint64_t seen = core_.signals();
        core_.remove_obsolete();
        if (!core_.failure.failed()) {
            keep_segments();
            sync_if_due();
            mark_if_idle();
        }
        core_.wait_signal(seen, pause());
    }
}

std::chrono::milliseconds Keeper::pause() const {
    const std::int64_t due = due_ms_.load();
    if (due == 0) {
        return idle_pause;
    }
    const std::chrono::milliseconds left{std::max<std::int64_t>(0, due - steady_ms())};
    return std::min(left, idle_pause);
}

void Keeper::keep_segments() {
    if (auto prepared = core_.log.prepare_next(); !prepared) {
        // A full disk is met again, and reported, by the write that needs the segment.
        if (prepared.error().code != ErrorCode::no_space) {
            core_.failure.set(prepared.error());
            return;
        }
    }
    if (auto synced = core_.log.sync_sealed(); !synced) {
        core_.failure.set(synced.error());
    }
}

void Keeper::sync_if_due() {
    const std::int64_t due = due_ms_.load();
    if (due == 0 || steady_ms() < due) {
        return;
    }
    // Cleared first: a write from here on asks anew.
    due_ms_.store(0);
    if (auto synced = core_.log.sync_all(); !synced) {
        core_.failure.set(synced.error());
    }
}

void Keeper::mark_if_idle() {
    const LogPosition end = core_.log.end();
    const auto now = SteadyClock::now();
    if (end != marked_) {
        marked_ = end;
        last_end_change_ = now;
        return;
    }
    if (now - last_end_change_ >= mark_after && core_.log.wants_mark()) {
        // Refused when the store is closing or out of space: then there is nothing to add.
        static_cast<void>(queue_.mark().has_value());
    }
}

}  // namespace strata
