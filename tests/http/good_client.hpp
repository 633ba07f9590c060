// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace strata::test {

/// What the good client reads.
inline constexpr std::string_view sentinel_key = "sentinel";
inline constexpr std::string_view sentinel_value = "still here";

/// Reads one key over and over on one connection, beside whatever others do to the server. Every
/// answer must be the value.
class GoodClient {
  public:
    /// Stores the value first.
    explicit GoodClient(std::uint16_t port);
    GoodClient(const GoodClient&) = delete;
    GoodClient& operator=(const GoodClient&) = delete;
    ~GoodClient() { stop(); }

    /// Ends it, and checks that it was served all the time.
    void stop_and_check();
    [[nodiscard]] std::size_t served() const noexcept { return served_; }
    /// Of its requests, once it has ended; `share` from 0 to 1.
    [[nodiscard]] double quantile_ms(double share) const;

  private:
    void run();
    void stop();

    const std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> served_{0};
    std::string failure_;               // read when the thread has ended
    std::vector<double> milliseconds_;  // sorted when it has ended
    std::thread thread_;
};

}  // namespace strata::test
