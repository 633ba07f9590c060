// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/gate.hpp"
#include "serve/limits.hpp"
#include "serve/network.hpp"
#include "serve/service.hpp"
#include "serve/tokens.hpp"

#include <strata/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::tools {

class ListenSocket;

struct ServerOptions {
    std::vector<std::string> listen{};  ///< see listen_tcp()
    std::vector<std::string> unix_paths{};
    bool inherit = false;      ///< take the sockets of a service manager
    bool insecure = false;     ///< other machines may connect without a token
    std::size_t threads = 0;   ///< of the network; 0: one per processor
    std::size_t workers = 16;  ///< threads for what waits for the disk
    ServerLimits limits{};
    GateOptions gate{};
    std::string token_file{};  ///< empty: everybody may do everything
    std::string log_path{};    ///< empty: no access log; "-": standard output
    AccessLog::Form log_form = AccessLog::Form::combined;
    Dispatch dispatch{};
};

/// The store's HTTP server: it listens from start() on, on threads of its own.
class Server {
  public:
    using Warn = std::function<void(const std::string&)>;

    /// Fails when it cannot listen, or a file cannot be read. `service` outlives it. `warn` is told
    /// what the operator should know; by the calling thread only.
    static Result<std::unique_ptr<Server>> start(Service& service, ServerOptions options,
                                                 Warn warn);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// Stops.
    ~Server();

    /// Where it listens: "http://127.0.0.1:8080", "unix:/run/strata.sock".
    [[nodiscard]] std::vector<std::string> urls() const;

    /// Reads the tokens again, and opens the log anew. After an error the old tokens count.
    Status reload();

    /// Accepts nobody any more; connections end with the answer to what they have read, idle ones
    /// now.
    void drain();
    /// No client is left.
    [[nodiscard]] bool is_idle() const noexcept;
    /// Ends what is left of the network. Writes that were taken are carried out; work that runs
    /// goes on until the destructor, so that the store may be closed before it is waited for.
    void stop();

  private:
    Server(Service& service, ServerOptions options, Warn warn);

    Status listen();
    Status check_access(const std::vector<ListenSocket>& sockets) const;
    Status load_tokens();

    struct Parts;

    Service& service_;
    ServerOptions options_;
    Warn warn_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace strata::tools
