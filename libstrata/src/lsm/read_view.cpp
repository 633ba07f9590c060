// SPDX-License-Identifier: Apache-2.0
#include "lsm/read_view.hpp"

#include <algorithm>
#include <bit>
#include <thread>
#include <utility>

namespace strata {
namespace {

// A few instructions are done under it; the holder can only be slow when it was preempted.
class SpinLock {
  public:
    explicit SpinLock(std::atomic<bool>& locked) : locked_{locked} {
        while (locked_.exchange(true, std::memory_order_acquire)) {
            while (locked_.load(std::memory_order_relaxed)) {
                std::this_thread::yield();
            }
        }
    }
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;
    ~SpinLock() { locked_.store(false, std::memory_order_release); }

  private:
    std::atomic<bool>& locked_;
};

// Threads are numbered as they first read, so that they spread evenly over the stripes.
std::size_t thread_number() {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

}  // namespace

ViewStripes::ViewStripes()
    : count_{std::bit_ceil(std::max<std::size_t>(1, 2 * std::thread::hardware_concurrency()))},
      stripes_{std::make_unique<Stripe[]>(count_)} {}

const ViewStripes::Stripe& ViewStripes::mine() const {
    return stripes_[thread_number() & (count_ - 1)];
}

void ViewStripes::publish(const ViewPtr& view) {
    for (std::size_t i = 0; i < count_; ++i) {
        // A control block per stripe: counting on one does not touch the others' cache line.
        ViewPtr own{view.get(), [view](const ReadView*) {}};
        Stripe& stripe = stripes_[i];
        {
            const SpinLock lock{stripe.locked};
            stripe.view.swap(own);
        }
        // The old view goes here, outside the lock.
    }
}

ViewPtr ViewStripes::acquire() const {
    const Stripe& stripe = mine();
    const SpinLock lock{stripe.locked};
    return stripe.view;
}

}  // namespace strata
