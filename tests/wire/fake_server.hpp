// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// A server that does what a test says, right or wrong, on a socket of this machine.
namespace strata::test {

/// One connection, as the server sees it.
class Peer {
  public:
    explicit Peer(int descriptor) : descriptor_{descriptor} {}

    /// The head of the next request, with its empty line; empty when the client has gone. What the
    /// client sends behind it stays for body().
    std::string head();
    /// So many bytes of the body, or fewer when the client goes first.
    std::string body(std::size_t size);
    /// Head and body of the next request.
    std::string request();
    /// False when the client has gone.
    bool send(std::string_view bytes);
    /// Sends a whole answer; `headers` are lines with their ends.
    bool answer(int status, std::string_view body, std::string_view headers = {});
    /// Sends the head of an answer in chunks, one chunk, the last chunk.
    bool begin_chunks(std::string_view headers = {});
    bool chunk(std::string_view bytes);
    bool end_chunks();

  private:
    bool receive();

    int descriptor_;
    std::string received_;
};

class FakeServer {
  public:
    /// Called for each connection, on a thread of its own; the connection ends when it returns.
    /// `number` counts connections from 0.
    using Serve = std::function<void(Peer& peer, std::size_t number)>;

    explicit FakeServer(Serve serve);
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;
    ~FakeServer();

    [[nodiscard]] std::string url() const;
    /// Connections are refused from now on; may be called by the function that serves.
    void refuse();
    [[nodiscard]] std::size_t connections() const noexcept { return connections_; }

  private:
    void accept_all();
    void serve_one(int descriptor, std::size_t number);

    Serve serve_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<std::size_t> connections_{0};
    std::mutex mutex_;  // guards the next two
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace strata::test
