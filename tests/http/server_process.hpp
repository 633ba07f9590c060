// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temp_dir.hpp"

#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// strata-serve as people run it: a process with a store of its own.
namespace strata::test {

/// Listens on a free port of 127.0.0.1 from its construction on. The program is the one that
/// $STRATA_SERVE names. Without $STRATA_SERVE a test cannot run; it fails and says so.
class ServerProcess {
  public:
    /// `options` stand before the store; `store` empty: a new directory.
    explicit ServerProcess(const std::vector<std::string>& options = {},
                           const std::string& store = {});
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    /// Kills it when it still runs.
    ~ServerProcess();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] const std::string& store() const noexcept { return store_; }
    [[nodiscard]] ::pid_t pid() const noexcept { return pid_; }

    /// Bytes of memory that it has now, and the most it ever had.
    [[nodiscard]] std::size_t memory() const;
    [[nodiscard]] std::size_t memory_most() const;
    /// Open descriptors.
    [[nodiscard]] std::size_t descriptors() const;
    /// Seconds of processor time so far.
    [[nodiscard]] double cpu_seconds() const;
    [[nodiscard]] bool runs() const;

    /// Sends a signal and waits for the end: the exit status, or minus the signal that ended it.
    int stop(int signal);
    void send_signal(int signal) const;
    /// Everything it said on its standard error.
    [[nodiscard]] std::string said() const;

  private:
    void start(const std::vector<std::string>& options);
    void await_port();
    void listen();
    [[nodiscard]] std::size_t status_kib(const std::string& name) const;

    TempDir directory_{"http"};
    std::string store_;
    ::pid_t pid_ = -1;
    int errors_ = -1;
    std::uint16_t port_ = 0;
    std::thread listener_;
    mutable std::mutex mutex_;  // guards said_
    std::string said_;
};

}  // namespace strata::test
