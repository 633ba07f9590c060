// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/event_loop.hpp"
#include "serve/listen_socket.hpp"
#include "serve/loop.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace strata::tools {

/// Accepts the connections of one listening socket on the thread of one loop, and hands each to the
/// loop that has the fewest. All sockets are served alike that way, also those that cannot be
/// opened once per thread (Unix sockets, inherited ones), and a second server on the same port is
/// refused by the system instead of taking half of the clients.
class Listener final : public EventLoop::Watcher, public std::enable_shared_from_this<Listener> {
  public:
    using Loops = std::vector<std::unique_ptr<Loop>>;

    /// `loops` outlive it; the first one accepts. `check_host`: see Visitor.
    Listener(ListenSocket socket, Loops& loops, bool check_host);

    void ready(const EventLoop::Ready& what) override;

    // From any thread.

    void start();
    void close();
    [[nodiscard]] const ListenSocket& socket() const noexcept { return socket_; }

  private:
    void accept_ready();
    void admit(int descriptor);

    ListenSocket socket_;
    Loops& loops_;
    Network& network_;
    const bool check_host_;
    bool closed_ = false;
    bool resting_ = false;  ///< until a descriptor may be free
};

}  // namespace strata::tools
