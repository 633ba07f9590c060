// SPDX-License-Identifier: Apache-2.0
#include "common/redact.hpp"

#include <cstddef>
#include <cstdint>

namespace strata::tools {
namespace {

/// The finalizer of splitmix64 (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

}  // namespace

std::string redacted(Bytes bytes) {
    constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::uint64_t hash = 0x9e3779b97f4a7c15U ^ bytes.size();
    for (const char byte : bytes) {
        hash = mixed(hash + static_cast<unsigned char>(byte) + 1);
    }
    std::string text(bytes.size(), '\0');
    std::uint64_t bits = hash;
    for (std::size_t i = 0; i < text.size(); ++i) {
        // 64 bits yield twelve letters of five.
        if (i % 12 == 0) {
            bits = mixed(hash + i);
        }
        text[i] = letters[bits % 32];
        bits /= 32;
    }
    return text;
}

}  // namespace strata::tools
