// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// A Bloom filter over the user keys of a table, blocked by cache line (Putze, Sanders, Singler
/// 2007): all bits of a key lie in one line of 64 bytes, so that a probe costs one cache miss.
///
///     at 0   4  lines L                 at 8   8  user keys
///     at 4   1  probes per key          at 16     zeros
///     at 5   3  reserved                at 64     L lines of 64 bytes
///
/// x = h(key, 0); the line is ((x >> 32) * L) >> 32; y = low 32 bits of x; each probe is bit
/// y >> 23 of the line (bit b is bit b % 8 of byte b / 8), after which y = y * 9E3779B9 mod 2^32.
namespace strata {

inline constexpr std::size_t filter_line_size = 64;

/// Probes per key that suit a density: 14 bits have 9, 12 have 8, 10 have 7, 9 have 6.
[[nodiscard]] constexpr unsigned filter_probes(unsigned bits_per_key) noexcept {
    return bits_per_key < 2 ? 1 : (bits_per_key * 13 + 10) / 20;
}

/// Gathers the hashes of distinct keys, so that the filter can be sized exactly.
class FilterBuilder {
  public:
    explicit FilterBuilder(unsigned bits_per_key) noexcept : bits_per_key_{bits_per_key} {}

    void add(std::uint64_t key_hash) { hashes_.push_back(key_hash); }

    /// The filter block; empty when no filter is wanted.
    [[nodiscard]] std::string finish() const;

  private:
    unsigned bits_per_key_;
    std::vector<std::uint64_t> hashes_;
};

/// A filter in memory; borrows the block. Lines should start at a multiple of 64 in memory.
class FilterView {
  public:
    FilterView() noexcept = default;

    /// Checks the structure of a block whose check has been verified.
    [[nodiscard]] static Result<FilterView> parse(Bytes block);

    /// False: the key is not in the table. A view without filter says true.
    [[nodiscard]] bool may_contain(std::uint64_t key_hash) const noexcept;

    /// Asks the processor for the line that may_contain will look at.
    void prefetch(std::uint64_t key_hash) const noexcept;

    [[nodiscard]] std::uint32_t lines() const noexcept { return lines_; }
    [[nodiscard]] unsigned probes() const noexcept { return probes_; }
    [[nodiscard]] std::uint64_t keys() const noexcept { return keys_; }

  private:
    const char* bits_ = nullptr;
    std::uint32_t lines_ = 0;
    unsigned probes_ = 0;
    std::uint64_t keys_ = 0;
};

}  // namespace strata
