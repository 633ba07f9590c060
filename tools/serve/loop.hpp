// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/committer.hpp"
#include "serve/event_loop.hpp"
#include "serve/network.hpp"
#include "serve/tokens.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace strata::tools {

class Connection;

/// A socket that was accepted.
struct Accepted {
    int descriptor = -1;
    std::string client{};     ///< address without port, or "unix"
    bool check_host = false;  ///< see Visitor
    bool over_cap = false;    ///< is told so, and closed
};

/// One thread with its event loop and its connections; nothing of a connection is touched by other
/// threads. It keeps the time for them: one timer a tick, none per connection.
class Loop final : public Inbox {
  public:
    using Clock = EventLoop::Clock;

    explicit Loop(Network& network);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop() override;

    void start();
    /// Closes what is open and ends the thread.
    void stop();

    // From any thread.

    /// Takes over the socket.
    void adopt(Accepted accepted);
    void deliver(std::vector<Delivery> deliveries) override;
    template <typename Function>
    void post(Function function) {
        events_.post(std::move(function));
    }
    /// Whose requests count from now on; null: everybody's.
    void set_tokens(std::shared_ptr<const Tokens> tokens);
    /// Connections end with the answer to what they have read; idle ones now.
    void drain();
    /// How many connections it has, or is about to have.
    [[nodiscard]] std::size_t load() const noexcept { return load_.load(); }

    // From its own thread.

    [[nodiscard]] EventLoop& events() noexcept { return events_; }
    [[nodiscard]] Network& network() noexcept { return network_; }
    /// When what is being handled became known.
    [[nodiscard]] Clock::time_point now() const noexcept { return events_.now(); }
    [[nodiscard]] std::int64_t seconds() const noexcept { return seconds_; }
    /// At most one tick old.
    [[nodiscard]] std::string_view date() const noexcept { return date_; }
    [[nodiscard]] const std::shared_ptr<const Tokens>& tokens() const noexcept { return tokens_; }
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    /// Hands a write to the committer, together with those of other connections that were read in
    /// the same round.
    void commit(PendingWrite write, std::shared_ptr<Awaiting> from);
    void forget(Connection& connection);

  private:
    void open(Accepted accepted);
    void tick();
    void update_date();
    void flush_commits();

    Network& network_;
    EventLoop events_;
    bool ticking_ = false;
    bool draining_ = false;
    std::int64_t seconds_ = 0;  ///< since 1970
    std::string date_;
    std::shared_ptr<const Tokens> tokens_;
    std::vector<std::shared_ptr<Connection>> connections_;  ///< each knows its place
    std::vector<CommitRequest> commits_;
    std::atomic<std::size_t> load_{0};
    std::thread thread_;
};

}  // namespace strata::tools
