// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace strata::tools {

/// Threads for whatever may wait for the disk. Tasks begin in the order in which they came; a long
/// answer is one task for each piece of it, so that it delays others by one piece only.
class Workers {
  public:
    /// `queued_max`: tasks that may wait for a thread.
    Workers(std::size_t threads, std::size_t queued_max);
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    /// Stops.
    ~Workers() { stop(); }

    /// False when too many tasks wait, or after stop(): the task was not taken.
    [[nodiscard]] bool submit(std::function<void()> task);
    /// For the next step of what was admitted before: never refused but after stop(), when it is
    /// dropped.
    void resume(std::function<void()> task);

    /// Drops what waits, and returns when what runs has ended.
    void stop();

  private:
    void run();
    bool add(std::function<void()> task, std::size_t queued_max);

    const std::size_t queued_max_;
    std::mutex mutex_;  // guards tasks_ and stopping_
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace strata::tools
