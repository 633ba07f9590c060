// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/random.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Which keys a workload touches: numbers in [0, count), chosen by one of a few published shapes.
/// Everything is a function of the random numbers put in, so a seed repeats it.
namespace strata::tools {

struct DistributionSpec {
    enum class Kind : std::uint8_t {
        uniform,  ///< every number alike
        zipf,     ///< few numbers often, scattered over the whole range
        latest,   ///< zipf by age: the greatest number most often
        hot,      ///< a part of the numbers gets a share of the choices
        seq,      ///< 0, 1, 2, ... and again from 0
    };
    Kind kind = Kind::uniform;
    double theta = 0.99;     ///< zipf, latest: skew, above 0 and below 1
    double hot_part = 0.2;   ///< hot: of the numbers, above 0 and at most 1
    double hot_share = 0.8;  ///< hot: of the choices, from 0 to 1
};

/// "uniform", "zipf[:THETA]", "latest[:THETA]", "hot:PART/SHARE", "seq".
Result<DistributionSpec> parse_distribution(std::string_view text);
[[nodiscard]] std::string distribution_text(const DistributionSpec& spec);

/// Ranks that follow Zipf's law: rank r, counted from 0, comes with a probability proportional to
/// 1 / (r + 1)^theta. The method of Gray, Sundaresan, Englert, Baclawski, Weinberger: Quickly
/// generating billion-record synthetic databases, SIGMOD 1994, which YCSB uses too: one power for a
/// rank; the first two ranks have their exact probabilities, the others nearly so.
class ZipfRanks {
  public:
    /// `count` is at least 1, theta in (0, 1).
    ZipfRanks(std::uint64_t count, double theta);

    [[nodiscard]] std::uint64_t next(Random& random) const;
    /// For ranks in [0, count) from now on; constant time.
    void resize(std::uint64_t count);
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  private:
    double theta_;
    double alpha_;
    double zeta_two_;
    std::uint64_t count_ = 1;
    double zeta_ = 1;
    double eta_ = 0;
};

/// The sum of 1 / i^theta for i from 1 to count, for theta in (0, 1): term by term at first, then
/// by the formula of Euler and Maclaurin, with an error below 1e-9.
[[nodiscard]] double zeta(std::uint64_t count, double theta);

/// Chooses numbers. One thread at a time.
class KeyChooser {
  public:
    /// `count` is at least 1. `first`: where seq begins.
    KeyChooser(const DistributionSpec& spec, std::uint64_t count, std::uint64_t first = 0);

    /// In [0, count).
    std::uint64_t next(Random& random);
    /// The numbers become [0, count).
    void resize(std::uint64_t count);

  private:
    DistributionSpec spec_;
    std::uint64_t count_;
    std::uint64_t next_;
    ZipfRanks ranks_;
};

/// A one-to-one map of [0, count) to itself in an order that looks random, in constant memory: a
/// Feistel network of four rounds over the smallest square of a power of two that holds `count`,
/// walked until it falls below (Black, Rogaway: Ciphers with arbitrary finite domains, 2002).
class Permutation {
  public:
    Permutation(std::uint64_t count, std::uint64_t seed);
    [[nodiscard]] std::uint64_t operator()(std::uint64_t index) const;

  private:
    static constexpr unsigned rounds = 4;
    std::uint64_t count_;
    unsigned half_bits_;
    std::uint64_t half_mask_;
    std::uint64_t keys_[rounds];
};

}  // namespace strata::tools
