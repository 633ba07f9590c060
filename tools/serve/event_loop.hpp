// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

/// Waits for sockets, for tasks of other threads, and for times, on one thread.
///
/// It stands in place of Asio's io_context, with which a request spent its time in operations that
/// are allocated, queued and locked, and often in a recv() in vain (decision 26 in
/// libstrata/README.md). Here a socket is registered once, edge-triggered, and whoever owns it
/// remembers what was said.
namespace strata::tools {

/// Work handed to another thread; it may own what cannot be copied.
class Task {
  public:
    template <typename Function>
    explicit Task(Function function)
        : body_{std::make_unique<Holder<Function>>(std::move(function))} {}
    void run() { body_->run(); }

  private:
    struct Body {
        virtual ~Body() = default;
        virtual void run() = 0;
    };
    template <typename Function>
    struct Holder final : Body {
        explicit Holder(Function given) : function{std::move(given)} {}
        void run() override { function(); }
        Function function;
    };
    std::unique_ptr<Body> body_;
};

class EventLoop {
  public:
    using Clock = std::chrono::steady_clock;

    /// What became possible since it was said last. A socket that failed is all three.
    struct Ready {
        bool read = false;
        bool write = false;
        bool ended = false;   ///< the other side sends nothing more
        bool failed = false;  ///< or takes nothing more either
    };
    class Watcher {
      public:
        virtual ~Watcher() = default;
        virtual void ready(const Ready& what) = 0;
    };

    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    /// Until stop().
    void run();

    // From any thread.

    template <typename Function>
    void post(Function function) {
        post_task(Task{std::move(function)});
    }
    /// Tasks that were posted before still run.
    void stop();

    // From its own thread.

    /// Tells `watcher` of the descriptor from now on, until the descriptor is closed. False when
    /// the system refuses.
    [[nodiscard]] bool watch(int descriptor, Watcher& watcher);
    /// Runs once, not before so much time has passed.
    template <typename Function>
    void after(std::chrono::milliseconds time, Function function) {
        timers_.push_back({now_ + time, Task{std::move(function)}});
    }
    /// Runs at the end of this round, when all that was ready was told.
    template <typename Function>
    void at_end_of_round(Function function) {
        last_.emplace_back(std::move(function));
    }
    /// Keeps a watcher that has closed its descriptor until nothing can be told to it any more.
    void bury(std::shared_ptr<Watcher> watcher) { buried_.push_back(std::move(watcher)); }
    /// When this round began.
    [[nodiscard]] Clock::time_point now() const noexcept { return now_; }

  private:
    struct Timer {
        Clock::time_point time{};
        Task task;
    };

    void post_task(Task task);
    [[nodiscard]] int milliseconds_to_wait() const;
    void run_timers();
    void run_posted();

    int epoll_ = -1;
    int wake_ = -1;  ///< an eventfd
    bool stopping_ = false;
    Clock::time_point now_{};
    std::vector<Timer> timers_;
    std::vector<Task> last_;
    std::vector<std::shared_ptr<Watcher>> buried_;
    std::vector<Task> running_;
    std::mutex mutex_;  // guards posted_
    std::vector<Task> posted_;
};

}  // namespace strata::tools
