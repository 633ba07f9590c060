// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// A mutex that clang's thread-safety analysis understands. A guarded field says
/// STRATA_GUARDED_BY(mutex_), a function that expects the lock STRATA_REQUIRES(mutex_).

#if defined(__clang__)
#define STRATA_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define STRATA_THREAD_ANNOTATION(x)
#endif

#define STRATA_GUARDED_BY(x) STRATA_THREAD_ANNOTATION(guarded_by(x))
#define STRATA_REQUIRES(...) STRATA_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define STRATA_EXCLUDES(...) STRATA_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace strata {

class STRATA_THREAD_ANNOTATION(capability("mutex")) Mutex {
  public:
    void lock() STRATA_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
    void unlock() STRATA_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

  private:
    friend class CondVar;
    std::mutex mutex_;
};

/// Holds a Mutex for a scope; may be dropped and taken again inside it.
class STRATA_THREAD_ANNOTATION(scoped_lockable) MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) STRATA_THREAD_ANNOTATION(acquire_capability(mutex))
        : mutex_{mutex} {
        mutex_.lock();
    }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;
    ~MutexLock() STRATA_THREAD_ANNOTATION(release_capability()) {
        if (held_) {
            mutex_.unlock();
        }
    }
    void unlock() STRATA_THREAD_ANNOTATION(release_capability()) {
        held_ = false;
        mutex_.unlock();
    }
    void lock() STRATA_THREAD_ANNOTATION(acquire_capability()) {
        mutex_.lock();
        held_ = true;
    }

  private:
    Mutex& mutex_;
    bool held_ = true;
};

/// A condition variable over Mutex. Waits may wake without cause: always wait in a loop.
class CondVar {
  public:
    void wait(Mutex& mutex) STRATA_REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock{mutex.mutex_, std::adopt_lock};
        condition_.wait(lock);
        lock.release();
    }
    /// False when `timeout` passed without a notification.
    template <typename Rep, typename Period>
    bool wait_for(Mutex& mutex, std::chrono::duration<Rep, Period> timeout) STRATA_REQUIRES(mutex) {
        std::unique_lock<std::mutex> lock{mutex.mutex_, std::adopt_lock};
        const bool notified = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
        lock.release();
        return notified;
    }
    void notify_one() noexcept { condition_.notify_one(); }
    void notify_all() noexcept { condition_.notify_all(); }

  private:
    std::condition_variable condition_;
};

}  // namespace strata
