// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/random.hpp"
#include "stress/distribution.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How long keys and values are, and their bytes.
namespace strata::tools {

struct SizeSpec {
    enum class Kind : std::uint8_t {
        fixed,    ///< always `least`
        uniform,  ///< from `least` to `most`, each alike
        zipf,     ///< from `least` to `most`, the least most often: Zipf's law with 0.99
        /// The generalized Pareto distribution that fits the values of a social network's store
        /// (Cao, Dong, Vemuri, Du: Characterizing, modeling, and benchmarking RocksDB key-value
        /// workloads at Facebook, FAST 2020: k = 0.2615, sigma = 25.45), cut off at `most`.
        pareto,
    };
    Kind kind = Kind::fixed;
    std::uint64_t least = 0;  ///< bytes
    std::uint64_t most = 0;   ///< bytes; equal to `least` for fixed

    [[nodiscard]] static SizeSpec fixed(std::uint64_t size) { return {Kind::fixed, size, size}; }
};

/// "SIZE", "fixed:SIZE", "uniform:A..B", "zipf:A..B", "pareto" or "pareto:MOST", in sizes such as
/// 100, 4k or 1MiB, none above `limit`.
Result<SizeSpec> parse_size_spec(std::string_view text, std::uint64_t limit);
[[nodiscard]] std::string size_spec_text(const SizeSpec& spec);

/// Chooses sizes. One thread at a time.
class SizeChooser {
  public:
    explicit SizeChooser(const SizeSpec& spec);
    [[nodiscard]] std::size_t next(Random& random) const;

  private:
    SizeSpec spec_;
    ZipfRanks ranks_;
};

/// Random bytes, of which a part can be compressed, handed out as a window over a pool that stays
/// in the second level cache: what is measured is the store, not this.
class Values {
  public:
    /// `compressible`, from 0 to 1: this part of every piece of 64 bytes is one repeated byte.
    Values(std::uint64_t seed, const SizeSpec& sizes, double compressible);

    /// Valid until the next call.
    [[nodiscard]] Bytes next();

  private:
    Random random_;
    SizeChooser sizes_;
    std::string pool_;
    std::size_t places_;
};

/// The keys of numbers: decimal digits, so that keys order as their numbers do, padded at the end
/// with a letter where the size asks for more. Numbers that a workload reads or writes are even,
/// those of keys that are certainly absent are the odd ones between them: no comparison with the
/// bounds of a table can tell that they are absent.
class KeyMaker {
  public:
    /// `sizes.least` should be able to hold the digits of every number; fewer than 20 digits are
    /// used only when that many bytes are not there.
    explicit KeyMaker(const SizeSpec& sizes);

    /// Valid until the next call.
    [[nodiscard]] Bytes live(std::uint64_t index) { return make(2 * index); }
    [[nodiscard]] Bytes absent(std::uint64_t index) { return make(2 * index + 1); }

    /// How many keys such sizes can tell apart.
    [[nodiscard]] static std::uint64_t capacity(const SizeSpec& sizes);

  private:
    Bytes make(std::uint64_t number);

    SizeChooser sizes_;
    std::size_t digits_;
    std::string buffer_;
};

}  // namespace strata::tools
