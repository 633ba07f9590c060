// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.hpp"
#include "base/mutex.hpp"

#include <fmt/format.h>
#include <strata/stats.hpp>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace strata {

/// The last things a store did by itself, for people. Thread-safe.
class EventLog {
  public:
    template <typename... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        const MutexLock lock{mutex_};
        events_.push_back({now_ms(), fmt::format(format, std::forward<Args>(args)...)});
        if (events_.size() > events_max) {
            events_.pop_front();
        }
    }
    [[nodiscard]] std::vector<Event> list() const {
        const MutexLock lock{mutex_};
        return {events_.begin(), events_.end()};
    }

  private:
    static constexpr std::size_t events_max = 100;

    mutable Mutex mutex_;
    std::deque<Event> events_ STRATA_GUARDED_BY(mutex_);
};

}  // namespace strata
