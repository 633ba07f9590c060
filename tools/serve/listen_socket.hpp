// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Sockets that clients connect to.
namespace strata::tools {

/// Owns its descriptor, and the path of a Unix socket that it made.
class ListenSocket {
  public:
    ListenSocket(int descriptor, std::string unlink_path);
    ListenSocket(ListenSocket&& other) noexcept { *this = std::move(other); }
    ListenSocket& operator=(ListenSocket&& other) noexcept;
    ~ListenSocket();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// As people use it: "http://127.0.0.1:8080", "unix:/run/strata.sock".
    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    /// The address without port, as it stands in a URL; empty for a Unix socket.
    [[nodiscard]] const std::string& host() const noexcept { return host_; }
    [[nodiscard]] bool is_unix() const noexcept { return host_.empty(); }
    /// Only programs of this machine reach it.
    [[nodiscard]] bool is_local() const noexcept { return local_; }

  private:
    void describe();

    int descriptor_ = -1;
    std::string unlink_path_;
    std::string url_;
    std::string host_;
    bool local_ = true;
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080" (every address). Port 0: one that is
/// free. A name may stand for several addresses.
Result<std::vector<ListenSocket>> listen_tcp(std::string_view address);

/// Makes the socket, for its owner alone (mode 0600). One that an ended server left behind is
/// replaced, anything else is not.
Result<ListenSocket> listen_unix(const std::string& path);

/// Those that a service manager opened for us (LISTEN_PID, LISTEN_FDS); none when there are none.
Result<std::vector<ListenSocket>> inherited_sockets();

/// Address of the other side without port; "unix".
[[nodiscard]] std::string peer_name(int descriptor);

}  // namespace strata::tools
