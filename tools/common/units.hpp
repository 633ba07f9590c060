// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// Sizes and durations as people write them.
namespace strata::tools {

/// "4096", "4k", "4KiB", "1MiB", "2G": letters count in powers of 1024, "kB MB GB TB" in powers of
/// 1000. In bytes.
Result<std::uint64_t> parse_size(std::string_view text);

/// "250ms", "10s", "1.5h": us, ms, s, m, h, d. A unit is required, but of 0.
Result<std::chrono::microseconds> parse_duration(std::string_view text);

/// "0 B", "1023 B", "1.0 KiB", "64.0 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// "12 us", "3.4 ms", "5.67 s", "2 min 5 s".
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);

/// Three digits: "85 ns", "1.53 us", "12.0 us", "3.42 ms", "1.50 s".
[[nodiscard]] std::string nanoseconds_text(std::uint64_t nanoseconds);

/// "1,234,567".
[[nodiscard]] std::string count_text(std::uint64_t count);

/// "1 key", "1,234 keys".
[[nodiscard]] std::string count_of(std::uint64_t count, std::string_view noun);

}  // namespace strata::tools
