// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/route.hpp"
#include "serve/service.hpp"

#include <strata/store.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Requests without a socket, for the tests of the routes.
namespace strata::tools {

/// A whole answer, as a client would see it.
struct Answered {
    int status = 0;
    std::string type{};
    std::string etag{};  ///< as the network side writes it
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    bool close = false;
    std::size_t pieces = 0;  ///< of a body that was made while it was sent; 0: it was whole

    [[nodiscard]] std::string header(std::string_view name) const;
};

struct Asked {
    std::string method = "GET";
    std::string target{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
};

/// A service over a store in memory, and what stands between it and its clients.
class Asking {
  public:
    explicit Asking(const ServiceOptions& options = {});
    /// Over a store of the caller's.
    explicit Asking(std::unique_ptr<Store> store, const ServiceOptions& options = {});

    /// Carries a request out, as the network side does.
    Answered ask(const Asked& asked);
    Answered get(const std::string& target) { return ask({.target = target}); }
    Answered put(const std::string& target, const std::string& body) {
        return ask({.method = "PUT", .target = target, .body = body});
    }
    Answered post(const std::string& target, const std::string& body = {}) {
        return ask({.method = "POST", .target = target, .body = body});
    }

    Identity identity{};
    std::size_t piece_size = 7;  ///< of a body that is taken in pieces

    [[nodiscard]] Store& store() { return *store_; }
    [[nodiscard]] Service& service() { return *service_; }

  private:
    std::unique_ptr<Store> store_;
    std::unique_ptr<Service> service_;
};

/// "200 application/json etag="7"", headers, body.
[[nodiscard]] std::string text_of(const Answered& answered);

/// A request as text: request line, headers, an empty line, body.
[[nodiscard]] Asked parse_request(std::string_view text);

}  // namespace strata::tools
