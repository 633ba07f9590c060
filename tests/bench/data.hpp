// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Keys, values and orders, the same for every engine and, given the seed, for every run.
namespace strata::bench {

using tools::Random;

/// The key of a number: 16 decimal digits, so that keys order as their numbers do.
class Key {
  public:
    explicit Key(std::uint64_t number) {
        for (std::size_t place = digits_.size(); place-- > 0; number /= 10) {
            digits_[place] = static_cast<char>('0' + number % 10);
        }
    }
    operator std::string_view() const { return {digits_.data(), digits_.size()}; }  // NOLINT

  private:
    std::array<char, 16> digits_;
};

/// Live keys have even numbers and absent keys the odd ones between them, so that no comparison
/// with a table's bounds can tell that a key is absent.
constexpr std::uint64_t live_number(std::uint64_t index) { return 2 * index; }
constexpr std::uint64_t absent_number(std::uint64_t index) { return 2 * index + 1; }
inline Key live_key(std::uint64_t index) { return Key{live_number(index)}; }
inline Key absent_key(std::uint64_t index) { return Key{absent_number(index)}; }

/// Random bytes, handed out as a window that moves on with each value.
class Values {
  public:
    Values(std::uint64_t seed, std::size_t size) : pool_(pool_bytes + size, '\0'), size_{size} {
        Random random{seed ^ 0x76616C7565};
        for (char& byte : pool_) {
            byte = static_cast<char>(random.next());
        }
    }

    std::string_view next() {
        offset_ = (offset_ + 61) % pool_bytes;
        return {pool_.data() + offset_, size_};
    }

    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    // Stays in the second level cache: what is measured is the engine, not this.
    static constexpr std::size_t pool_bytes = std::size_t{256} << 10;
    std::string pool_;
    std::size_t size_;
    std::size_t offset_ = 0;
};

/// 0 to count - 1, each once, in random order.
inline std::vector<std::uint32_t> random_order(std::uint64_t seed, std::size_t count) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    Random random{seed};
    for (std::size_t left = count; left > 1; --left) {
        std::swap(order[left - 1], order[random.below(left)]);
    }
    return order;
}

/// `count` numbers below `bound`, each as likely as any other. Orders and picks are made before
/// the clock starts, so that no engine pays for making them.
inline std::vector<std::uint32_t> uniform_picks(std::uint64_t seed, std::size_t count,
                                                std::uint64_t bound) {
    std::vector<std::uint32_t> picks(count);
    Random random{seed};
    for (std::uint32_t& pick : picks) {
        pick = static_cast<std::uint32_t>(random.below(bound));
    }
    return picks;
}

/// The same of few numbers often, by Zipf's law with exponent 0.99, the frequent ones scattered
/// over the whole range.
std::vector<std::uint32_t> zipf_picks(std::uint64_t seed, std::size_t count, std::uint64_t bound);

}  // namespace strata::bench
