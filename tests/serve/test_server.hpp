// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/server.hpp"
#include "serve/service.hpp"

#include <strata/store.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

namespace strata::test {

/// What the routes of the test server wait for, and what they saw. Routes have no place of their
/// own for it, so there is one for the process; each test begins with a new one.
class Stage {
  public:
    void reset();
    /// Routes that wait go on from now on.
    void open();
    void wait_until_open();
    /// A route has arrived where it waits.
    void arrive();
    void wait_for_arrivals(int count);

    std::atomic<std::size_t> pulled{0};  ///< pieces made by /stream
    std::atomic<std::size_t> taken{0};   ///< bytes that /sink took
    std::atomic<std::size_t> pieces{0};  ///< in so many pieces
    std::atomic<int> finished{0};        ///< sinks that were complete
    std::atomic<int> abandoned{0};       ///< sinks that were not

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};
Stage& stage();

/// A server on loopback over a store in memory, with routes made for tests:
///     GET  /hello           "hello"
///     GET  /size/{key}      so many bytes
///     GET  /value/{key}     the value of a key, pinned
///     PUT  /put/{key}       through the committer
///     POST /echo            its body; /echo-worker the same on a worker
///     GET  /wait            arrives at the stage, waits, then "waited"; on a worker
///     GET  /stream/{key}    so many pieces of 1000 bytes
///     POST /sink            the length of its body, taken in pieces; /sink-wait waits at the stage
///                           before each piece, /sink-enough has enough after the first
class TestServer {
  public:
    explicit TestServer(tools::ServerOptions options = {});
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;
    ~TestServer();

    [[nodiscard]] std::string url() const { return server->urls().front(); }

    std::unique_ptr<Store> store;
    std::unique_ptr<tools::Service> service;
    std::unique_ptr<tools::Server> server;
};

}  // namespace strata::test
