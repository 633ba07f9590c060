// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

/// What the server counts about its requests and connections, for /metrics.
namespace strata::tools {

struct Route;

/// A request that was answered.
struct Finished {
    const Route* route = nullptr;  ///< null, or not of all_routes(): counted as none
    int status = 0;
    std::uint64_t bytes_in = 0;     ///< of the request's body
    std::uint64_t bytes_out = 0;    ///< of the answer's body
    std::uint64_t nanoseconds = 0;  ///< from the end of the header to the end of the answer
};

/// Upper ends of the latency buckets; slower requests count in one more.
inline constexpr std::array<std::uint64_t, 18> latency_bounds_us = {
    2,     5,     10,     25,     50,     100,     250,     500,       1'000,
    2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000};

/// Sums over the requests of one route.
struct RouteTotals {
    static constexpr std::size_t classes = 5;
    std::array<std::uint64_t, classes> by_class{};  ///< 1xx, 2xx, ... 5xx
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t nanoseconds = 0;
    /// Requests in each bucket, not added up.
    std::array<std::uint64_t, latency_bounds_us.size() + 1> buckets{};

    [[nodiscard]] std::uint64_t requests() const noexcept;
};

/// Any thread adds; what is read is a sum over stripes that threads share rarely, each number by
/// itself true, all of them together not of one moment.
class Counters {
  public:
    Counters();
    ~Counters();
    Counters(const Counters&) = delete;
    Counters& operator=(const Counters&) = delete;

    void add(const Finished& finished) noexcept;

    /// In the order of all_routes(), and one more for requests without a route.
    [[nodiscard]] std::vector<RouteTotals> routes() const;

    /// Of connections; the network side adds to them.
    std::atomic<std::uint64_t> connections_open{0};
    std::atomic<std::uint64_t> connections_accepted{0};
    std::atomic<std::uint64_t> connections_refused{0};    ///< above the cap
    std::atomic<std::uint64_t> connections_timed_out{0};  ///< idle, slow header, slow body, stalled
    std::atomic<std::uint64_t> requests_malformed{0};     ///< answered before a route was asked for
    std::atomic<std::uint64_t> requests_limited{0};       ///< answered with 429
    /// Of the committer.
    std::atomic<std::uint64_t> commits{0};        ///< groups handed to the store
    std::atomic<std::uint64_t> commit_writes{0};  ///< requests in them

  private:
    struct Cell;
    struct Stripe;

    [[nodiscard]] std::size_t cell_of(const Route* route) const noexcept;

    static constexpr std::size_t stripe_count = 8;

    std::size_t cells_;  // of a stripe
    std::unique_ptr<Stripe[]> stripes_;
};

}  // namespace strata::tools
