// SPDX-License-Identifier: Apache-2.0
#include "serve/committer.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

bool same_mode(const std::optional<SyncMode>& one, const std::optional<SyncMode>& other) {
    if (!one || !other) {
        return one.has_value() == other.has_value();
    }
    return one->kind == other->kind && one->interval == other->interval;
}

/// The answers of a round, by the thread they go to.
class Outgoing {
  public:
    void add(Inbox* inbox, Delivery delivery) {
        auto found = std::ranges::find(boxes_, inbox, &Box::inbox);
        if (found == boxes_.end()) {
            boxes_.push_back({inbox, {}});
            found = std::prev(boxes_.end());
        }
        found->deliveries.push_back(std::move(delivery));
    }
    void send() {
        for (Box& box : boxes_) {
            box.inbox->deliver(std::move(box.deliveries));
        }
        boxes_.clear();
    }

  private:
    struct Box {
        Inbox* inbox = nullptr;
        std::vector<Delivery> deliveries{};
    };
    std::vector<Box> boxes_;
};

}  // namespace

Committer::Committer(Store& store, Counters& counters, std::size_t queued_max)
    : store_{store}, counters_{counters}, queued_max_{queued_max}, thread_{[this] { run(); }} {}

void Committer::submit(std::vector<CommitRequest>& requests) {
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        const std::size_t room = stopping_ ? 0 : queued_max_ - std::min(queued_max_, queue_.size());
        const auto end =
            requests.begin() + static_cast<std::ptrdiff_t>(std::min(room, requests.size()));
        wake = queue_.empty() && end != requests.begin();
        std::move(requests.begin(), end, std::back_inserter(queue_));
        requests.erase(requests.begin(), end);
    }
    if (wake) {
        changed_.notify_one();
    }
}

void Committer::commit(std::vector<CommitRequest>& round) {
    Outgoing outgoing;
    std::vector<const Batch*> batches;
    std::vector<CommitRequest*> members;
    std::vector<bool> taken(round.size(), false);
    for (std::size_t first = 0; first < round.size(); ++first) {
        if (taken[first]) {
            continue;
        }
        const WriteOptions& options = round[first].write.options;
        batches.clear();
        members.clear();
        for (std::size_t i = first; i < round.size(); ++i) {
            if (!taken[i] && same_mode(round[i].write.options.sync, options.sync)) {
                taken[i] = true;
                batches.push_back(&round[i].write.batch);
                members.push_back(&round[i]);
            }
        }
        counters_.commits.fetch_add(1, std::memory_order_relaxed);
        counters_.commit_writes.fetch_add(members.size(), std::memory_order_relaxed);
        std::vector<Result<Sequence>> results = store_.write_all(batches, options);
        for (std::size_t i = 0; i < members.size(); ++i) {
            CommitRequest& member = *members[i];
            Response response = member.write.answer(std::move(results[i]));
            outgoing.add(member.inbox, {std::move(member.from), std::move(response)});
        }
        outgoing.send();
    }
}

void Committer::run() {
    std::vector<CommitRequest> round;
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        round.swap(queue_);
        lock.unlock();
        commit(round);
        round.clear();
        lock.lock();
    }
}

void Committer::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace strata::tools
