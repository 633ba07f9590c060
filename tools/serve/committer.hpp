// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/counters.hpp"
#include "serve/response.hpp"

#include <strata/store.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace strata::tools {

/// Whoever waits for an answer that is made on another thread.
class Awaiting {
  public:
    virtual ~Awaiting() = default;
    /// On the thread of its inbox.
    virtual void complete(Response response) = 0;
};

struct Delivery {
    std::shared_ptr<Awaiting> to{};
    Response response{};
};

/// Leads to the thread of a connection.
class Inbox {
  public:
    virtual ~Inbox() = default;
    /// From any thread; the deliveries are completed in their order on the inbox's own.
    virtual void deliver(std::vector<Delivery> deliveries) = 0;
};

struct CommitRequest {
    PendingWrite write{};
    std::shared_ptr<Awaiting> from{};
    Inbox* inbox = nullptr;  ///< outlives the committer
};

/// One thread that carries out the writes of all connections. What came while it was busy is the
/// next group, which the store commits with one sync; each answer goes out once its own promise
/// holds. While the store holds writers up, readers go on, since none of them waits here.
class Committer {
  public:
    /// `queued_max`: writes that may wait.
    Committer(Store& store, Counters& counters, std::size_t queued_max);
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;
    /// Stops.
    ~Committer() { stop(); }

    /// Takes writes off the front of `requests`; those that stay there found the queue full, and
    /// nothing of them is or will be written.
    void submit(std::vector<CommitRequest>& requests);

    /// Carries out what was taken, then ends.
    void stop();

  private:
    void run();
    void commit(std::vector<CommitRequest>& round);

    Store& store_;
    Counters& counters_;
    const std::size_t queued_max_;
    std::mutex mutex_;  // guards queue_ and stopping_
    std::condition_variable changed_;
    std::vector<CommitRequest> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace strata::tools
