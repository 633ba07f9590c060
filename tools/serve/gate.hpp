// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/http_parser.hpp"
#include "serve/rate.hpp"
#include "serve/request.hpp"
#include "serve/response.hpp"
#include "serve/tokens.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is asked of every request before its route: is it meant for this server, may this page of a
/// browser send it, does this client ask too often, and whose is it?
namespace strata::tools {

struct GateOptions {
    std::string cors_origin{};         ///< a page from there may use the server; "*": any page
    std::vector<std::string> hosts{};  ///< names of this server, in lower case, without port
    std::optional<Rate> rate{};
};

/// What a connection knows of its client.
struct Visitor {
    std::string client{};     ///< address without port, or "unix"
    bool check_host = false;  ///< it came to a loopback address where no token is asked for
    std::size_t token_hint = 0;
    std::string known_host{};  ///< a value of Host that was found right before
};

/// Thread-safe.
class Gate {
  public:
    explicit Gate(GateOptions options);

    /// Sets the identity of the request; an answer when it may not go on. `tokens`: null when
    /// everybody may do everything; else it must outlive the request.
    std::optional<Response> admit(const RequestHead& head, Request& request, Visitor& visitor,
                                  const Tokens* tokens, RateLimiter::Clock::time_point now);

    /// What an answer says in Access-Control-Allow-Origin; empty: nothing.
    [[nodiscard]] std::string_view allowed_origin(std::string_view origin) const noexcept;

  private:
    [[nodiscard]] bool is_our_name(std::string_view host) const;
    [[nodiscard]] std::optional<Response> check_browser(const RequestHead& head,
                                                        Visitor& visitor) const;

    const GateOptions options_;
    const Identity everybody_{.scope = Scope::admin, .prefix = {}};
    const Identity nobody_{.scope = Scope::none, .prefix = {}};
    std::unique_ptr<RateLimiter> limiter_;
};

}  // namespace strata::tools
