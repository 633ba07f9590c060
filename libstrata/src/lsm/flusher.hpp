// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/store_core.hpp"

#include <thread>

namespace strata {

/// The thread that writes sealed memtables to tables, oldest first, and never does anything else: a
/// merge never delays a flush. Out of space, it removes its output and tries again, from one second
/// later up to a minute, or as soon as somebody asks for work.
class Flusher {
  public:
    explicit Flusher(StoreCore& core) : core_{core} {}
    Flusher(const Flusher&) = delete;
    Flusher& operator=(const Flusher&) = delete;
    ~Flusher() { stop(); }

    void start();
    /// Finishes the flush that runs, then ends. The core's stop was requested before.
    void stop();

    /// Flushes recovered memtables too, however small they are.
    /// After a failure the next attempt begins at once; it sets the core's flush_trouble anew.
    void want_all() {
        want_all_.store(true);
        core_.flush_trouble.clear();
        core_.signal();
    }

  private:
    void run();
    [[nodiscard]] bool due(const ReadView& view) const;
    Status flush_oldest(ViewPtr view);
    void pause_after(const Error& error, std::chrono::milliseconds pause);

    StoreCore& core_;
    std::atomic<bool> want_all_{false};
    std::thread thread_;
};

}  // namespace strata
