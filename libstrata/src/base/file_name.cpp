// SPDX-License-Identifier: Apache-2.0
#include "base/file_name.hpp"

#include "base/assert.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <utility>

namespace strata {
namespace {

constexpr std::string_view lock_name = "LOCK";
constexpr std::size_t digits_min = 12;

constexpr std::array<std::pair<std::string_view, FileType>, 4> suffixes{{
    {".manifest", FileType::manifest},
    {".manifest.tmp", FileType::manifest_temporary},
    {".wal", FileType::wal},
    {".sst", FileType::table},
}};

/// 0 when `digits` is not the one spelling of a number above 0.
std::uint64_t parse_number(std::string_view digits) noexcept {
    constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    if (digits.size() < digits_min || (digits.size() > digits_min && digits.front() == '0')) {
        return 0;
    }
    std::uint64_t number = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') {
            return 0;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (number > (max - digit) / 10) {
            return 0;
        }
        number = number * 10 + digit;
    }
    return number;
}

}  // namespace

FileName parse_file_name(std::string_view name) noexcept {
    if (name == lock_name) {
        return {FileType::lock, 0};
    }
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) {
        return {};
    }
    const std::uint64_t number = parse_number(name.substr(0, dot));
    for (const auto& [suffix, type] : suffixes) {
        if (number != 0 && name.substr(dot) == suffix) {
            return {type, number};
        }
    }
    return {};
}

std::string file_name(FileType type, std::uint64_t number) {
    STRATA_ASSERT(type != FileType::unknown);
    if (type == FileType::lock) {
        return std::string{lock_name};
    }
    for (const auto& [suffix, suffix_type] : suffixes) {
        if (suffix_type == type) {
            return fmt::format("{:012}{}", number, suffix);
        }
    }
    return {};
}

std::string file_path(const std::string& directory, FileType type, std::uint64_t number) {
    return directory + '/' + file_name(type, number);
}

}  // namespace strata
