// SPDX-License-Identifier: Apache-2.0
#include "serve/workers.hpp"

#include <limits>
#include <utility>

namespace strata::tools {

Workers::Workers(std::size_t threads, std::size_t queued_max) : queued_max_{queued_max} {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { run(); });
    }
}

bool Workers::add(std::function<void()> task, std::size_t queued_max) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_ || tasks_.size() >= queued_max) {
            return false;
        }
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

bool Workers::submit(std::function<void()> task) { return add(std::move(task), queued_max_); }

void Workers::resume(std::function<void()> task) {
    add(std::move(task), std::numeric_limits<std::size_t>::max());
}

void Workers::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (stopping_) {
            return;
        }
        // What the task holds on to is let go before the lock is taken again.
        std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
    }
}

void Workers::stop() {
    std::deque<std::function<void()>> dropped;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        dropped.swap(tasks_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

}  // namespace strata::tools
