// SPDX-License-Identifier: Apache-2.0
// Proves that tasks run in order, that the queue is bounded but for what was admitted before, and
// that stopping waits for what runs and drops the rest, with latches in place of time.
#include "serve/workers.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <vector>

namespace strata::tools {
namespace {

TEST_CASE("tasks begin in order") {
    Workers workers{1, 100};
    std::vector<int> order;
    std::latch done{1};
    for (int i = 0; i < 50; ++i) {
        CHECK(workers.submit([&order, i] { order.push_back(i); }));
    }
    workers.resume([&done] { done.count_down(); });
    done.wait();
    for (int i = 0; i < 50; ++i) {
        CHECK(order[static_cast<std::size_t>(i)] == i);
    }
}

TEST_CASE("a full queue refuses new work, and takes what goes on") {
    Workers workers{1, 2};
    std::latch started{1};
    std::latch go_on{1};
    std::latch done{3};
    CHECK(workers.submit([&] {
        started.count_down();
        go_on.wait();
    }));
    started.wait();
    CHECK(workers.submit([&] { done.count_down(); }));
    CHECK(workers.submit([&] { done.count_down(); }));
    CHECK_FALSE(workers.submit([] {}));
    workers.resume([&] { done.count_down(); });
    go_on.count_down();
    done.wait();
}

TEST_CASE("stop waits for what runs and drops what waits") {
    std::atomic<int> ran{0};
    Workers workers{1, 100};
    std::latch started{1};
    CHECK(workers.submit([&] {
        started.count_down();
        for (int i = 0; i < 1000; ++i) {
            ran.fetch_add(1);
        }
    }));
    started.wait();
    workers.stop();
    CHECK(ran.load() == 1000);
    CHECK_FALSE(workers.submit([&] { ran.store(0); }));
    CHECK(ran.load() == 1000);
}

}  // namespace
}  // namespace strata::tools
