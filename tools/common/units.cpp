// SPDX-License-Identifier: Apache-2.0
#include "common/units.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace strata::tools {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t ki = 1024;
constexpr Unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"k", ki},
    {"K", ki},
    {"KiB", ki},
    {"kB", 1000},
    {"m", ki* ki},
    {"M", ki* ki},
    {"MiB", ki* ki},
    {"MB", 1000'000},
    {"g", ki* ki* ki},
    {"G", ki* ki* ki},
    {"GiB", ki* ki* ki},
    {"GB", 1000'000'000},
    {"t", ki* ki* ki* ki},
    {"T", ki* ki* ki* ki},
    {"TiB", ki* ki* ki* ki},
    {"TB", 1000'000'000'000},
};

constexpr std::uint64_t second = 1'000'000;
constexpr Unit duration_units[] = {
    {"us", 1},
    {"ms", 1000},
    {"s", second},
    {"m", 60 * second},
    {"min", 60 * second},
    {"h", 3600 * second},
    {"d", 24 * 3600 * second},
};

// Number and unit of a text, multiplied; negative when it is not one.
template <std::size_t count>
double scaled(std::string_view text, const Unit (&units)[count]) {
    constexpr double bad = -1;
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] =
        std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (error != std::errc{} || text.empty() || text.front() == '-') {
        return bad;
    }
    std::string_view name = text.substr(static_cast<std::size_t>(stopped - text.data()));
    while (name.starts_with(' ')) {
        name.remove_prefix(1);
    }
    if (name.empty() && number == 0) {
        return 0;
    }
    const auto* unit = std::find_if(std::begin(units), std::end(units),
                                    [name](const Unit& known) { return known.name == name; });
    return unit == std::end(units) ? bad : number * static_cast<double>(unit->factor);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
    constexpr double limit = 9.2e18;
    const double bytes = scaled(text, size_units);
    if (!(bytes >= 0 && bytes < limit)) {
        return usage_error("expected a size such as 4096, 4k or 1MiB, found \"{}\"", escaped(text));
    }
    return static_cast<std::uint64_t>(std::llround(bytes));
}

Result<std::chrono::microseconds> parse_duration(std::string_view text) {
    constexpr double limit = 9.2e18;
    const double micros = scaled(text, duration_units);
    if (!(micros >= 0 && micros < limit)) {
        return usage_error("expected a duration such as 250ms or 10s, found \"{}\"", escaped(text));
    }
    return std::chrono::microseconds{std::llround(micros)};
}

std::string size_text(std::uint64_t bytes) {
    constexpr const char* names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < ki) {
        return fmt::format("{} B", bytes);
    }
    // 1023.95 would be printed as 1024.0.
    constexpr double next = 1023.95;
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= next && unit + 1 < std::size(names)) {
        value /= static_cast<double>(ki);
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, names[unit]);
}

std::string duration_text(std::chrono::microseconds duration) {
    const auto micros = duration.count();
    if (micros < 1000) {
        return fmt::format("{} us", micros);
    }
    const double seconds = static_cast<double>(micros) / static_cast<double>(second);
    if (seconds < 1) {
        return fmt::format("{:.1f} ms", seconds * 1000);
    }
    if (seconds < 60) {
        return fmt::format("{:.2f} s", seconds);
    }
    const auto whole = static_cast<std::uint64_t>(seconds);
    return fmt::format("{} min {} s", whole / 60, whole % 60);
}

std::string nanoseconds_text(std::uint64_t nanoseconds) {
    constexpr const char* names[] = {"us", "ms", "s"};
    if (nanoseconds < 1000) {
        return fmt::format("{} ns", nanoseconds);
    }
    double value = static_cast<double>(nanoseconds) / 1000;
    std::size_t unit = 0;
    // 999.5 would be printed as 1000.
    constexpr double next = 999.5;
    while (value >= next && unit + 1 < std::size(names)) {
        value /= 1000;
        ++unit;
    }
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, decimals, names[unit]);
}

std::string count_text(std::uint64_t count) {
    std::string digits = fmt::format_int{count}.str();
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string count_of(std::uint64_t count, std::string_view noun) {
    const char* const plural = noun.ends_with("ch") ? "es" : "s";
    return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : plural);
}

}  // namespace strata::tools
