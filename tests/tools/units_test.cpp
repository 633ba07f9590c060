// SPDX-License-Identifier: Apache-2.0
// Proves how sizes and durations are read and written, at the borders between units.
#include "common/units.hpp"

#include <doctest/doctest.h>

namespace strata::tools {
namespace {

using std::chrono::microseconds;

TEST_CASE("sizes are read") {
    const auto read = [](const char* text) {
        const auto size = parse_size(text);
        return size ? *size : ~std::uint64_t{0};
    };
    constexpr std::uint64_t bad = ~std::uint64_t{0};
    CHECK(read("0") == 0);
    CHECK(read("4096") == 4096);
    CHECK(read("4k") == 4096);
    CHECK(read("4 KiB") == 4096);
    CHECK(read("4kB") == 4000);
    CHECK(read("1MiB") == 1048576);
    CHECK(read("1.5M") == 1572864);
    CHECK(read("2G") == std::uint64_t{2} << 30);
    CHECK(read("") == bad);
    CHECK(read("k") == bad);
    CHECK(read("-1") == bad);
    CHECK(read("4x") == bad);
    CHECK(read("1e300") == bad);
    CHECK(read("99999999999T") == bad);
    CHECK(read("nan") == bad);
}

TEST_CASE("durations are read") {
    const auto read = [](const char* text) {
        const auto duration = parse_duration(text);
        return duration ? duration->count() : -1;
    };
    CHECK(read("0") == 0);
    CHECK(read("250ms") == 250'000);
    CHECK(read("10s") == 10'000'000);
    CHECK(read("1.5h") == 5'400'000'000);
    CHECK(read("10") == -1);
    CHECK(read("10 parsecs") == -1);
    CHECK(read("-1s") == -1);
}

TEST_CASE("sizes, durations and counts are written") {
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(1023) == "1023 B");
    CHECK(size_text(1024) == "1.0 KiB");
    CHECK(size_text(1048575) == "1.0 MiB");
    CHECK(size_text(std::uint64_t{64} << 20) == "64.0 MiB");
    CHECK(size_text(~std::uint64_t{0}) == "16.0 EiB");
    CHECK(duration_text(microseconds{12}) == "12 us");
    CHECK(duration_text(microseconds{3400}) == "3.4 ms");
    CHECK(duration_text(microseconds{5'670'000}) == "5.67 s");
    CHECK(duration_text(microseconds{125'000'000}) == "2 min 5 s");
    CHECK(nanoseconds_text(85) == "85 ns");
    CHECK(nanoseconds_text(1530) == "1.53 us");
    CHECK(nanoseconds_text(12'000) == "12.0 us");
    CHECK(nanoseconds_text(999'499) == "999 us");
    CHECK(nanoseconds_text(999'500) == "1.00 ms");
    CHECK(nanoseconds_text(9'996) == "10.0 us");
    CHECK(nanoseconds_text(1'500'000'000) == "1.50 s");
    CHECK(nanoseconds_text(1'500'000'000'000) == "1500 s");
    CHECK(count_text(0) == "0");
    CHECK(count_text(999) == "999");
    CHECK(count_text(1000) == "1,000");
    CHECK(count_text(1234567) == "1,234,567");
    CHECK(count_of(1, "key") == "1 key");
    CHECK(count_of(1234, "key") == "1,234 keys");
    CHECK(count_of(1, "batch") == "1 batch");
    CHECK(count_of(2, "batch") == "2 batches");
}

}  // namespace
}  // namespace strata::tools
