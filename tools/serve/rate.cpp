// SPDX-License-Identifier: Apache-2.0
#include "serve/rate.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace strata::tools {

Result<Rate> parse_rate(std::string_view text) {
    constexpr std::string_view each = "/client";
    Rate rate;
    std::string_view number = text;
    if (number.ends_with(each)) {
        rate.each_client = true;
        number.remove_suffix(each.size());
    }
    const char* end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, rate.per_second);
    if (parsed.ptr != end || parsed.ec != std::errc{} || !std::isfinite(rate.per_second) ||
        rate.per_second < 0.001 || rate.per_second > 1e9) {
        return usage_error(
            "expected requests a second, from 0.001 to 1e9, as in \"100\" or \"100/client\", "
            "found \"{}\"",
            escaped(text));
    }
    return rate;
}

RateLimiter::RateLimiter(const Rate& rate)
    : rate_{rate},
      burst_{std::max(1.0, rate.per_second)},
      sets_{std::make_unique<Set[]>(rate.each_client ? set_count : 1)} {}

std::optional<std::chrono::milliseconds> RateLimiter::take(std::string_view client,
                                                           Clock::time_point now) {
    std::uint64_t hash = 1;
    if (rate_.each_client) {
        hash = std::max<std::uint64_t>(std::hash<std::string_view>{}(client), 1);
    }
    Set& set = sets_[rate_.each_client ? hash % set_count : 0];
    const std::lock_guard lock{set.mutex};
    Bucket* bucket = std::ranges::find(set.buckets, hash, &Bucket::client);
    if (bucket == set.buckets.end()) {
        bucket = std::ranges::min_element(set.buckets, {}, &Bucket::filled);
        *bucket = {.client = hash, .filled = now, .saved = burst_};
    }
    const double passed =
        std::max(0.0, std::chrono::duration<double>(now - bucket->filled).count());
    bucket->saved = std::min(burst_, bucket->saved + passed * rate_.per_second);
    bucket->filled = std::max(bucket->filled, now);
    if (bucket->saved >= 1) {
        bucket->saved -= 1;
        return std::nullopt;
    }
    const double wait = (1 - bucket->saved) / rate_.per_second * 1000;
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(wait))};
}

}  // namespace strata::tools
