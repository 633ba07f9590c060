// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

/// What one server and one client may take.
namespace strata::tools {

struct ServerLimits {
    std::size_t connections_max = 1024;
    std::size_t body_max = std::size_t{64} << 20;    ///< bytes of one body
    std::size_t bodies_max = std::size_t{64} << 20;  ///< bytes of all bodies that are collected

    std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte to the last field
    std::chrono::milliseconds body_grace{5'000};  ///< after which a body must have come at its rate
    std::size_t body_rate = 1024;                 ///< bytes a second
    std::chrono::milliseconds idle_timeout{60'000};   ///< between requests
    std::chrono::milliseconds write_timeout{30'000};  ///< without the client taking a byte
    std::chrono::milliseconds request_timeout{0};     ///< until the answer is known; 0: no limit
};

}  // namespace strata::tools
