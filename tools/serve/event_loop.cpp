// SPDX-License-Identifier: Apache-2.0
#include "serve/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace strata::tools {
namespace {

constexpr int events_at_once = 128;

/// Without these two descriptors there is no server; it ends as it does without memory.
int must(int descriptor, const char* call) {
    if (descriptor < 0) {
        std::perror(call);
        std::abort();
    }
    return descriptor;
}

}  // namespace

EventLoop::EventLoop()
    : epoll_{must(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      wake_{must(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")},
      now_{Clock::now()} {
    // Edge-triggered: each write is told once, so that nobody has to read the counter.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = nullptr;
    must(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event), "epoll_ctl");
}

EventLoop::~EventLoop() {
    ::close(wake_);
    ::close(epoll_);
}

bool EventLoop::watch(int descriptor, Watcher& watcher) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watcher;
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventLoop::post_task(Task task) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        wake = posted_.empty();
        posted_.push_back(std::move(task));
    }
    if (wake) {
        const std::uint64_t one = 1;
        // It cannot fail but by an overflow, and then the loop is awake already.
        static_cast<void>(!::write(wake_, &one, sizeof one));
    }
}

void EventLoop::stop() {
    post([this] { stopping_ = true; });
}

int EventLoop::milliseconds_to_wait() const {
    if (timers_.empty()) {
        return -1;
    }
    const auto next = std::ranges::min_element(timers_, {}, &Timer::time)->time;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 60'000));
}

void EventLoop::run_timers() {
    // Those that a timer adds wait for the next round.
    for (std::size_t i = timers_.size(); i > 0; --i) {
        if (timers_[i - 1].time <= now_) {
            std::swap(timers_[i - 1], timers_.back());
            Task task = std::move(timers_.back().task);
            timers_.pop_back();
            task.run();
        }
    }
}

void EventLoop::run_posted() {
    {
        const std::lock_guard lock{mutex_};
        running_.swap(posted_);
    }
    for (Task& task : running_) {
        task.run();
    }
    running_.clear();
}

void EventLoop::run() {
    std::array<epoll_event, events_at_once> events;
    while (!stopping_) {
        const int count =
            ::epoll_wait(epoll_, events.data(), events_at_once, milliseconds_to_wait());
        now_ = Clock::now();
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr == nullptr) {
                continue;
            }
            const bool failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
            const bool ended = failed || (event.events & EPOLLRDHUP) != 0;
            static_cast<Watcher*>(event.data.ptr)
                ->ready({.read = ended || (event.events & EPOLLIN) != 0,
                         .write = failed || (event.events & EPOLLOUT) != 0,
                         .ended = ended,
                         .failed = failed});
        }
        run_posted();
        run_timers();
        for (std::size_t i = 0; i < last_.size(); ++i) {
            Task task = std::move(last_[i]);
            task.run();
        }
        last_.clear();
        buried_.clear();
    }
}

}  // namespace strata::tools
