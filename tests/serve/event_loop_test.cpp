// SPDX-License-Identifier: Apache-2.0
// Proves that tasks, times and sockets are told on one thread, in order, and that what is buried
// stays until nothing can be told to it, over a pair of sockets and without a server.
#include "serve/event_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace strata::tools {
namespace {

using namespace std::chrono_literals;

class Recorder final : public EventLoop::Watcher {
  public:
    Recorder(EventLoop& loop, int descriptor) : loop_{loop}, descriptor_{descriptor} {}
    void ready(const EventLoop::Ready& what) override {
        if (what.read && !what.ended) {
            char byte = 0;
            while (::recv(descriptor_, &byte, 1, MSG_DONTWAIT) == 1) {
                read.push_back(byte);
            }
        }
        if (what.ended) {
            ended = true;
            loop_.stop();
        }
    }
    std::string read{};
    bool ended = false;

  private:
    EventLoop& loop_;
    int descriptor_;
};

TEST_CASE("tasks run in the order in which a thread posts them") {
    EventLoop loop;
    std::vector<int> order;
    std::thread poster{[&] {
        for (int i = 0; i < 1000; ++i) {
            loop.post([&order, i] { order.push_back(i); });
        }
        loop.stop();
    }};
    loop.run();
    poster.join();
    REQUIRE(order.size() == 1000);
    for (int i = 0; i < 1000; ++i) {
        CHECK(order[static_cast<std::size_t>(i)] == i);
    }
}

TEST_CASE("the end of a round comes after its tasks, and a time not before it") {
    EventLoop loop;
    std::vector<std::string> order;
    EventLoop::Clock::time_point begin{};
    loop.post([&] {
        begin = loop.now();
        loop.at_end_of_round([&] { order.emplace_back("end"); });
        loop.after(20ms, [&] {
            order.emplace_back("later");
            CHECK(loop.now() >= begin + 20ms);
            loop.stop();
        });
        loop.after(0ms, [&] { order.emplace_back("soon"); });
    });
    loop.post([&] { order.emplace_back("task"); });
    loop.run();
    REQUIRE(order.size() == 4);
    CHECK(order.front() == "task");
    CHECK(order.back() == "later");
}

TEST_CASE("a socket is told of once, and so is its end") {
    EventLoop loop;
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Recorder recorder{loop, ends[0]};
    loop.post([&] { CHECK(loop.watch(ends[0], recorder)); });
    std::thread writer{[&] {
        for (const char c : std::string{"abc"}) {
            CHECK(::send(ends[1], &c, 1, 0) == 1);
        }
        loop.post([&] { ::shutdown(ends[1], SHUT_WR); });
    }};
    loop.run();
    writer.join();
    CHECK(recorder.ended);
    CHECK(std::string{"abc"}.starts_with(recorder.read));
    ::close(ends[0]);
    ::close(ends[1]);
    CHECK_FALSE(loop.watch(-1, recorder));
}

TEST_CASE("what is buried outlives the round") {
    class Counted final : public EventLoop::Watcher {
      public:
        explicit Counted(int& alive) : alive_{alive} { ++alive_; }
        ~Counted() override { --alive_; }
        void ready(const EventLoop::Ready&) override {}

      private:
        int& alive_;
    };
    EventLoop loop;
    int alive = 0;
    loop.post([&] {
        loop.bury(std::make_shared<Counted>(alive));
        CHECK(alive == 1);
        loop.at_end_of_round([&] {
            CHECK(alive == 1);
            loop.post([&] {
                CHECK(alive == 0);
                loop.stop();
            });
        });
    });
    loop.run();
    CHECK(alive == 0);
}

}  // namespace
}  // namespace strata::tools
