// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace strata::tools {

/// How many requests are taken: of each client, or of all together.
struct Rate {
    double per_second = 0;
    bool each_client = false;
};
/// "100" or "100/client": requests a second.
Result<Rate> parse_rate(std::string_view text);

/// Token buckets: a client may send what it saved up within a second (at least one request) at
/// once, and goes on at its rate. The table has a fixed size; when two clients want one place, the
/// one that was quiet for longer starts afresh. Thread-safe.
class RateLimiter {
  public:
    using Clock = std::chrono::steady_clock;

    explicit RateLimiter(const Rate& rate);

    /// Nothing when the request may go on, else how long the client should wait.
    [[nodiscard]] std::optional<std::chrono::milliseconds> take(std::string_view client,
                                                                Clock::time_point now);

  private:
    struct Bucket {
        std::uint64_t client = 0;  ///< hash; 0: free
        Clock::time_point filled{};
        double saved = 0;  ///< requests
    };
    static constexpr std::size_t ways = 8;
    struct Set {
        std::mutex mutex;  // guards the buckets
        std::array<Bucket, ways> buckets{};
    };
    static constexpr std::size_t set_count = 1024;

    const Rate rate_;
    const double burst_;
    std::unique_ptr<Set[]> sets_;
};

}  // namespace strata::tools
