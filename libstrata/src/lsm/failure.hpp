// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/mutex.hpp"

#include <strata/result.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <utility>

namespace strata {

/// The latch of a store. After a failed sync, directory sync, rename, manifest or log write nobody
/// knows what the disk holds, so from then on the store writes no log byte, syncs nothing, saves no
/// manifest, renames and unlinks nothing. Reads go on. The first cause is kept; only opening the
/// store again clears it. Thread-safe.
class Failure {
  public:
    Failure() = default;
    /// `on_failed` is called once, by the thread that failed, to wake those who wait in vain now.
    explicit Failure(std::function<void()> on_failed) : on_failed_{std::move(on_failed)} {}

    [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }

    /// Keeps the first cause; later ones are usually its consequences.
    void set(const Error& cause) {
        {
            const MutexLock lock{mutex_};
            if (failed_.load(std::memory_order_relaxed)) {
                return;
            }
            cause_ = cause.message;
            failed_.store(true, std::memory_order_release);
        }
        if (on_failed_) {
            on_failed_();
        }
    }

    /// Empty while nothing failed.
    [[nodiscard]] std::string cause() const {
        const MutexLock lock{mutex_};
        return cause_;
    }

    /// The error of a write that was refused: nothing of it was written.
    [[nodiscard]] Error refused() const {
        return make_error(ErrorCode::closed,
                          "the store refuses writes since an I/O error; open it again: {}",
                          cause());
    }

    /// The error of a write whose bytes may be on disk.
    [[nodiscard]] Error unknown() const {
        Error error = make_error(ErrorCode::io, "the write may or may not be there: {}", cause());
        error.outcome_unknown = true;
        return error;
    }

  private:
    const std::function<void()> on_failed_{};
    std::atomic<bool> failed_{false};
    mutable Mutex mutex_;
    std::string cause_ STRATA_GUARDED_BY(mutex_);
};

}  // namespace strata
