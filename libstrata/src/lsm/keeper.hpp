// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/commit_queue.hpp"
#include "lsm/store_core.hpp"

#include <chrono>
#include <thread>

namespace strata {

/// The thread that looks after the log between writes: it prepares the next segment, syncs sealed
/// segments and the writes of interval mode, leaves a durability mark a second after the last
/// sync, and unlinks files that nobody needs any more.
class Keeper {
  public:
    Keeper(StoreCore& core, CommitQueue& queue) : core_{core}, queue_{queue} {}
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;
    ~Keeper() { stop(); }

    void start();
    /// The core's stop was requested before.
    void stop();

    /// Tells of a write that was acknowledged unsynced: a sync starts within `interval`.
    void sync_within(std::chrono::milliseconds interval);

  private:
    void run();
    void keep_segments();
    void sync_if_due();
    void mark_if_idle();
    [[nodiscard]] std::chrono::milliseconds pause() const;

    StoreCore& core_;
    CommitQueue& queue_;
    // When the oldest unsynced write of interval mode must be synced; 0: there is none. In
    // milliseconds of the steady clock.
    std::atomic<std::int64_t> due_ms_{0};
    LogPosition marked_;                       // this thread's
    SteadyClock::time_point last_end_change_;  // this thread's
    std::thread thread_;
};

}  // namespace strata
