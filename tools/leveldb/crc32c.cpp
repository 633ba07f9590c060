// SPDX-License-Identifier: Apache-2.0
#include "leveldb/crc32c.hpp"

#include "base/coding.hpp"

#include <array>
#include <cstddef>

namespace strata::level {
namespace {

constexpr std::size_t slices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, slices>;

constexpr Tables make_tables() {
    constexpr std::uint32_t polynomial = 0x82f63b78;  // bits reversed
    Tables tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0);
        }
        tables[0][i] = crc;
    }
    for (std::size_t slice = 1; slice < slices; ++slice) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint32_t crc = tables[slice - 1][i];
            tables[slice][i] = (crc >> 8U) ^ tables[0][crc & 0xffU];
        }
    }
    return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) noexcept {
    std::uint32_t crc = ~before;
    while (bytes.size() >= slices) {
        const std::uint64_t word = load<std::uint64_t>(bytes.data()) ^ crc;
        crc = 0;
        for (std::size_t i = 0; i < slices; ++i) {
            crc ^= tables[slices - 1 - i][(word >> (8 * i)) & 0xffU];
        }
        bytes.remove_prefix(slices);
    }
    for (const char c : bytes) {
        crc = (crc >> 8U) ^ tables[0][(crc ^ static_cast<unsigned char>(c)) & 0xffU];
    }
    return ~crc;
}

}  // namespace strata::level
