// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "compact/compaction.hpp"
#include "lsm/store_core.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace strata {

/// The threads that merge runs: each asks the picker for a plan over the current version, carries
/// it out beside reads, writes and flushes, and installs the result once, at its end. A merge that
/// is stopped is abandoned. Runs that one thread merges are not offered to another.
class Merger {
  public:
    explicit Merger(StoreCore& core) : core_{core} {}
    Merger(const Merger&) = delete;
    Merger& operator=(const Merger&) = delete;
    ~Merger() { stop(); }

    void start();
    /// The core's stop was requested before; merges in progress are abandoned.
    void stop();

    /// Merges everything that is in tables now into one run; returns when it is done.
    Status merge_all();

    /// Why the last merge failed; empty after a success.
    [[nodiscard]] std::string trouble() const;

  private:
    // A plan with its inputs, which are busy until finish().
    struct Work {
        Compaction compaction;
        std::uint64_t serves;  // the manual request; 0: the picker's own idea
    };

    void run();
    [[nodiscard]] std::optional<Work> find_work();
    Status carry_out(const Work& work);
    void finish(Work work, const Status& status);

    StoreCore& core_;
    std::vector<std::thread> threads_;
    std::atomic<bool> stop_{false};

    mutable Mutex mutex_;
    std::set<const Run*> busy_ STRATA_GUARDED_BY(mutex_);
    // Manual requests: how many were made, how many are done, which was the last to fail, and why.
    std::uint64_t asked_ STRATA_GUARDED_BY(mutex_) = 0;
    std::uint64_t served_ STRATA_GUARDED_BY(mutex_) = 0;
    std::uint64_t manual_failed_ STRATA_GUARDED_BY(mutex_) = 0;
    Error manual_error_ STRATA_GUARDED_BY(mutex_){ErrorCode::internal, {}};
    std::string trouble_ STRATA_GUARDED_BY(mutex_);
    SteadyClock::time_point retry_at_ STRATA_GUARDED_BY(mutex_);
    std::chrono::milliseconds pause_ STRATA_GUARDED_BY(mutex_){1000};
};

}  // namespace strata
