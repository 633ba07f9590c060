// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/listen_socket.hpp"
#include "serve/loop.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace strata::tools {

/// Accepts the connections of one listening socket on the thread of one loop, and hands each to the
/// loop that has the fewest. All sockets are served alike that way, also those that cannot be
/// opened once per thread (Unix sockets, inherited ones), and a second server on the same port is
/// refused by the system instead of taking half of the clients.
class Listener : public std::enable_shared_from_this<Listener> {
  public:
    using Loops = std::vector<std::unique_ptr<Loop>>;

    /// `loops` outlive it; the first one accepts. `check_host`: see Visitor.
    Listener(ListenSocket socket, Loops& loops, bool check_host);

    // From any thread.

    void start();
    void close();
    [[nodiscard]] const ListenSocket& socket() const noexcept { return socket_; }

  private:
    void wait();
    void accept_ready();
    bool accept_one();
    void rest();
    void admit(int descriptor);

    ListenSocket socket_;
    Loops& loops_;
    Network& network_;
    const bool check_host_;
    boost::asio::posix::stream_descriptor ready_;  ///< watches the socket, does not own it
    boost::asio::steady_timer timer_;
    bool closed_ = false;
};

}  // namespace strata::tools
