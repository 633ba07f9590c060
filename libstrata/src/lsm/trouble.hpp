// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"

#include <strata/result.hpp>

#include <optional>
#include <utility>

namespace strata {

/// Why background work does not get on although the store is well: no space. Whoever would wait
/// for that work is told so instead. Thread-safe.
class Trouble {
  public:
    void set(const Error& error) {
        const MutexLock lock{mutex_};
        error_ = error;
    }
    void clear() {
        const MutexLock lock{mutex_};
        error_.reset();
    }
    /// Empty when all is well, or when nobody knows yet since another attempt was asked for.
    [[nodiscard]] std::optional<Error> get() const {
        const MutexLock lock{mutex_};
        return error_;
    }

  private:
    mutable Mutex mutex_;
    std::optional<Error> error_ STRATA_GUARDED_BY(mutex_);
};

}  // namespace strata
