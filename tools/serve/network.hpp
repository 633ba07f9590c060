// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/access_log.hpp"
#include "serve/committer.hpp"
#include "serve/gate.hpp"
#include "serve/limits.hpp"
#include "serve/route.hpp"
#include "serve/service.hpp"
#include "serve/tokens.hpp"
#include "serve/workers.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>

namespace strata::tools {

/// How a request finds its handler; tests have routes of their own.
struct Dispatch {
    Match (*find)(const Service& service, const Request& request) = find_route;
    std::optional<Response> (*refuse)(const Service& service, const Request& request,
                                      const Route& route) = tools::refuse;
};

/// What all connections share. It outlives them.
struct Network {
    Service& service;
    const ServerLimits limits;
    const Dispatch dispatch;
    Gate& gate;
    Workers& workers;
    Committer& committer;
    AccessLog* log = nullptr;                ///< null: none is kept
    std::atomic<std::size_t> connections{};  ///< open ones, refused ones left out
    std::atomic<std::size_t> refused{};      ///< connections above the cap that are being told so
    std::atomic<std::size_t> body_bytes{};   ///< of bodies that are being collected
};

}  // namespace strata::tools
