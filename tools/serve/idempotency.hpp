// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/response.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

/// Answers that are kept, so that a client that lost one can repeat its request without writing
/// twice.
namespace strata::tools {

/// The last requests that came with an Idempotency-Key: at most so many, for so long, and only as
/// long as the server runs. Thread-safe.
class IdempotencyWindow {
  public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t entries_max = 1000;
    static constexpr std::size_t key_max = 255;  ///< bytes
    static constexpr std::chrono::minutes kept{10};

    enum class Found : std::uint8_t {
        fresh,    ///< go on, and finish() or forget() later
        replay,   ///< answered before: `answer`
        running,  ///< the same request has no answer yet
        other,    ///< the key came with another body
    };
    struct Lookup {
        Found found = Found::fresh;
        std::optional<Response> answer{};
    };

    /// `fingerprint`: of the request.
    Lookup begin(const std::string& key, std::uint64_t fingerprint, Clock::time_point now);
    /// Keeps status, body and sequence of the answer.
    void finish(const std::string& key, const Response& answer);
    /// Nothing was written: the request may come again.
    void forget(const std::string& key);

  private:
    struct Entry {
        std::uint64_t fingerprint = 0;
        std::uint64_t order = 0;  // of its place in order_
        bool finished = false;
        int status = 0;
        std::string_view content_type{};
        std::string body{};
        std::optional<Sequence> sequence{};
    };
    struct Place {
        std::string key{};
        std::uint64_t order = 0;
        Clock::time_point since{};
    };

    void drop_old(Clock::time_point now);

    std::mutex mutex_;  // guards all below
    std::unordered_map<std::string, Entry> entries_;
    std::deque<Place> order_;  // oldest first; some of entries that are gone
    std::uint64_t next_order_ = 0;
};

}  // namespace strata::tools
