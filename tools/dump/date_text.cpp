// SPDX-License-Identifier: Apache-2.0
#include "dump/date_text.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace strata::tools {
namespace {

// What the calendar of strftime() can write with four digits.
constexpr std::uint64_t seconds_max = 253'402'300'799;

}  // namespace

std::string date_text(std::uint64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    std::array<char, 40> text{};
    if (ms / 1000 > seconds_max || gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return fmt::format("{} ms", ms);
    }
    return text.data();
}

}  // namespace strata::tools
