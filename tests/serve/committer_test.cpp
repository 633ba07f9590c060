// SPDX-License-Identifier: Apache-2.0
// Proves that writes of many threads are each answered once, with their own outcome, after it
// holds, that they share groups by their sync mode, and that a full queue and an end lose none
// silently.
#include "serve/committer.hpp"

#include <strata/store.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace strata::tools {
namespace {

/// Completes on the thread of the committer and counts.
class Box final : public Inbox {
  public:
    void deliver(std::vector<Delivery> deliveries) override {
        for (Delivery& delivery : deliveries) {
            delivery.to->complete(std::move(delivery.response));
        }
        const std::lock_guard lock{mutex_};
        arrived_ += deliveries.size();
        ++rounds_;
        changed_.notify_all();
    }
    void wait_for(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return arrived_ >= count; });
    }
    [[nodiscard]] std::size_t arrived() {
        const std::lock_guard lock{mutex_};
        return arrived_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t arrived_ = 0;
    std::size_t rounds_ = 0;
};

class Waiter final : public Awaiting {
  public:
    void complete(Response response) override {
        ++times;
        status = response.status;
    }
    int times = 0;
    int status = 0;
};

CommitRequest put(const std::string& key, const std::shared_ptr<Waiter>& waiter, Box& box,
                  std::optional<SyncMode> mode = std::nullopt) {
    CommitRequest request;
    CHECK(request.write.batch.put(key, "value").has_value());
    request.write.options.sync = mode;
    request.write.answer = [](const Result<Sequence>& result) {
        Response response;
        response.status = result ? 201 : 412;
        return response;
    };
    request.from = waiter;
    request.inbox = &box;
    return request;
}

TEST_CASE("every write is answered once and is there") {
    auto store = open("memory:");
    REQUIRE(store.has_value());
    Counters counters;
    Box box;
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 500;
    std::vector<std::shared_ptr<Waiter>> waiters(threads * each);
    {
        Committer committer{**store, counters, threads * each};
        std::vector<std::thread> clients;
        for (std::size_t t = 0; t < threads; ++t) {
            clients.emplace_back([&, t] {
                for (std::size_t i = 0; i < each; ++i) {
                    const std::size_t number = t * each + i;
                    waiters[number] = std::make_shared<Waiter>();
                    std::vector<CommitRequest> requests;
                    requests.push_back(put(std::to_string(number), waiters[number], box));
                    committer.submit(requests);
                    CHECK(requests.empty());
                }
            });
        }
        for (std::thread& client : clients) {
            client.join();
        }
        box.wait_for(waiters.size());
    }
    for (std::size_t i = 0; i < waiters.size(); ++i) {
        CHECK(waiters[i]->times == 1);
        CHECK(waiters[i]->status == 201);
        CHECK((*store)->get(std::to_string(i))->has_value());
    }
    CHECK(counters.commit_writes.load() == waiters.size());
    CHECK(counters.commits.load() <= waiters.size());
}

TEST_CASE("writes of one round share a group by sync mode, each with its own outcome") {
    auto store = open("memory:");
    REQUIRE(store.has_value());
    Counters counters;
    Box box;
    Committer committer{**store, counters, 100};
    std::vector<std::shared_ptr<Waiter>> waiters;
    std::vector<CommitRequest> requests;
    for (int i = 0; i < 12; ++i) {
        waiters.push_back(std::make_shared<Waiter>());
        const auto mode = i % 3 == 0 ? std::optional<SyncMode>{}
                          : i % 3 == 1
                              ? std::optional{SyncMode::none()}
                              : std::optional{SyncMode::every(std::chrono::milliseconds{5})};
        requests.push_back(put("key" + std::to_string(i), waiters.back(), box, mode));
    }
    // Two conditions that cannot both hold.
    for (int i = 0; i < 2; ++i) {
        waiters.push_back(std::make_shared<Waiter>());
        requests.push_back(put("once", waiters.back(), box));
        CHECK(requests.back().write.batch.require("once", Condition::Absent{}).has_value());
    }
    committer.submit(requests);
    CHECK(requests.empty());
    box.wait_for(14);
    for (int i = 0; i < 13; ++i) {
        CHECK(waiters[static_cast<std::size_t>(i)]->status == 201);
    }
    CHECK(waiters.back()->status == 412);
    // Taken in one go, they are committed in as many groups as there are modes.
    CHECK(counters.commits.load() == 3);
    CHECK(counters.commit_writes.load() == 14);
}

TEST_CASE("what the queue does not take is handed back") {
    auto store = open("memory:");
    REQUIRE(store.has_value());
    Counters counters;
    Box box;
    Committer committer{**store, counters, 3};
    std::vector<CommitRequest> requests;
    const auto waiter = std::make_shared<Waiter>();
    for (int i = 0; i < 5; ++i) {
        requests.push_back(put(std::to_string(i), waiter, box));
    }
    committer.submit(requests);
    REQUIRE(requests.size() == 2);
    box.wait_for(3);
    committer.stop();
    CHECK_FALSE((*store)->get("3")->has_value());
    CHECK_FALSE((*store)->get("4")->has_value());
    CHECK((*store)->get("2")->has_value());
    committer.submit(requests);
    CHECK(requests.size() == 2);
    CHECK(box.arrived() == 3);
}

TEST_CASE("stop carries out what was taken") {
    auto store = open("memory:");
    REQUIRE(store.has_value());
    Counters counters;
    Box box;
    Committer committer{**store, counters, 1000};
    std::vector<CommitRequest> requests;
    for (int i = 0; i < 1000; ++i) {
        requests.push_back(put(std::to_string(i), std::make_shared<Waiter>(), box));
    }
    committer.submit(requests);
    committer.stop();
    CHECK(box.arrived() == 1000);
}

}  // namespace
}  // namespace strata::tools
