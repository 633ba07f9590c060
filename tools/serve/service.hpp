// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/counters.hpp"
#include "serve/idempotency.hpp"
#include "serve/jobs.hpp"

#include <strata/store.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

/// What the handlers work on.
namespace strata::tools {

/// Settings that the routes know of; those of sockets are the server's.
struct ServiceOptions {
    bool read_only = false;
    bool legacy = true;
    bool console = true;
    std::string cors_origin{};  ///< empty: none
    std::size_t body_max = std::size_t{64} << 20;
};

class Service {
  public:
    Service(Store& store, std::string where, const ServiceOptions& options);

    Store& store;
    const std::string where;  ///< the store's name as the user gave it
    const ServiceOptions options;
    const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    Counters counters;  ///< of requests, bytes, latencies; any thread adds to them
    Jobs jobs;          ///< flush, compact, check, in the background
    IdempotencyWindow idempotency;
    /// Set once: readiness turns false. Requests are still answered, until the network side accepts
    /// nobody any more.
    std::atomic<bool> draining{false};
};

}  // namespace strata::tools
