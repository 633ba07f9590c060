// SPDX-License-Identifier: Apache-2.0
#include "stress/distribution.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "stress/parse.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace strata::tools {
namespace {

using Kind = DistributionSpec::Kind;

struct KindName {
    Kind kind;
    std::string_view name;
};
constexpr KindName kind_names[] = {
    {Kind::uniform, "uniform"}, {Kind::zipf, "zipf"}, {Kind::latest, "latest"},
    {Kind::hot, "hot"},         {Kind::seq, "seq"},
};

Error unknown_distribution(std::string_view text) {
    return usage_error(
        "expected uniform, zipf:THETA, latest:THETA, hot:PART/SHARE or seq, found \"{}\"",
        escaped(text));
}

Status parse_theta(DistributionSpec& spec, std::string_view text) {
    const auto theta = parse_real(text);
    if (!theta || !(*theta > 0 && *theta < 1)) {
        return usage_error("expected a skew above 0 and below 1, found \"{}\"", escaped(text));
    }
    spec.theta = *theta;
    return {};
}

Status parse_hot(DistributionSpec& spec, std::string_view text) {
    const auto pieces = split(text, '/');
    const auto part = parse_real(pieces.front());
    const auto share = parse_real(pieces.size() == 2 ? pieces.back() : "");
    if (!part || !share || !(*part > 0 && *part <= 1 && *share >= 0 && *share <= 1)) {
        return usage_error(
            "expected the part of the keys and their share of the operations, such as 0.01/0.9, "
            "found \"{}\"",
            escaped(text));
    }
    spec.hot_part = *part;
    spec.hot_share = *share;
    return {};
}

}  // namespace

Result<DistributionSpec> parse_distribution(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const auto* row = std::find_if(std::begin(kind_names), std::end(kind_names),
                                   [name](const KindName& known) { return known.name == name; });
    if (row == std::end(kind_names)) {
        return unknown_distribution(text);
    }
    DistributionSpec spec;
    spec.kind = row->kind;
    if (colon == std::string_view::npos) {
        return spec;
    }
    const std::string_view rest = text.substr(colon + 1);
    if (spec.kind == Kind::zipf || spec.kind == Kind::latest) {
        STRATA_TRY(parse_theta(spec, rest));
    } else if (spec.kind == Kind::hot) {
        STRATA_TRY(parse_hot(spec, rest));
    } else {
        return unknown_distribution(text);
    }
    return spec;
}

std::string distribution_text(const DistributionSpec& spec) {
    switch (spec.kind) {
        case Kind::zipf:
            return fmt::format("zipf:{}", spec.theta);
        case Kind::latest:
            return fmt::format("latest:{}", spec.theta);
        case Kind::hot:
            return fmt::format("hot:{}/{}", spec.hot_part, spec.hot_share);
        case Kind::seq:
            return "seq";
        case Kind::uniform:
            break;
    }
    return "uniform";
}

double zeta(std::uint64_t count, double theta) {
    constexpr std::uint64_t single = 1000;
    const std::uint64_t exact = std::min(count, single);
    double sum = 0;
    for (std::uint64_t i = exact; i > 0; --i) {
        sum += std::pow(static_cast<double>(i), -theta);
    }
    if (exact == count) {
        return sum;
    }
    // The integral from `exact` to `count`, half the difference of the ends, and the first term of
    // the series of derivatives; the next one is below 1e-12 here.
    const auto low = static_cast<double>(exact);
    const auto high = static_cast<double>(count);
    const double integral = (std::pow(high, 1 - theta) - std::pow(low, 1 - theta)) / (1 - theta);
    const double ends = (std::pow(high, -theta) - std::pow(low, -theta)) / 2;
    const double slope = -theta * (std::pow(high, -theta - 1) - std::pow(low, -theta - 1)) / 12;
    return sum + integral + ends + slope;
}

ZipfRanks::ZipfRanks(std::uint64_t count, double theta)
    : theta_{theta}, alpha_{1 / (1 - theta)}, zeta_two_{1 + std::pow(0.5, theta)} {
    resize(count);
}

void ZipfRanks::resize(std::uint64_t count) {
    count_ = count;
    zeta_ = zeta(count, theta_);
    const double two_of = 2 / static_cast<double>(count);
    eta_ = count <= 2 ? 0 : (1 - std::pow(two_of, 1 - theta_)) / (1 - zeta_two_ / zeta_);
}

std::uint64_t ZipfRanks::next(Random& random) const {
    const double unit = random.unit();
    const double place = unit * zeta_;
    if (place < 1 || count_ == 1) {
        return 0;
    }
    if (place < zeta_two_ || count_ == 2) {
        return 1;
    }
    const double rank = static_cast<double>(count_) * std::pow(eta_ * unit - eta_ + 1, alpha_);
    return std::min(static_cast<std::uint64_t>(rank), count_ - 1);
}

KeyChooser::KeyChooser(const DistributionSpec& spec, std::uint64_t count, std::uint64_t first)
    : spec_{spec},
      count_{count},
      next_{first % count},
      ranks_{spec.kind == Kind::zipf || spec.kind == Kind::latest ? count : 1, spec.theta} {}

void KeyChooser::resize(std::uint64_t count) {
    count_ = count;
    if (spec_.kind == Kind::zipf || spec_.kind == Kind::latest) {
        ranks_.resize(count);
    }
}

std::uint64_t KeyChooser::next(Random& random) {
    switch (spec_.kind) {
        case Kind::uniform:
            break;
        case Kind::zipf:
            // As YCSB does, ranks are scattered by a hash, so that popular keys are not neighbours;
            // a few numbers are the place of several ranks, others of none.
            return scale_bits(mix_bits(ranks_.next(random) + 0x9e3779b97f4a7c15U), count_);
        case Kind::latest:
            return count_ - 1 - ranks_.next(random);
        case Kind::hot: {
            const auto hot = std::max<std::uint64_t>(
                1, static_cast<std::uint64_t>(spec_.hot_part * static_cast<double>(count_)));
            if (hot >= count_ || random.unit() < spec_.hot_share) {
                return random.below(std::min(hot, count_));
            }
            return hot + random.below(count_ - hot);
        }
        case Kind::seq: {
            const std::uint64_t number = next_ < count_ ? next_ : 0;
            next_ = number + 1;
            return number;
        }
    }
    return random.below(count_);
}

Permutation::Permutation(std::uint64_t count, std::uint64_t seed)
    : count_{count},
      half_bits_{
          (static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(count, 2) - 1)) + 1) / 2},
      half_mask_{(std::uint64_t{1} << half_bits_) - 1},
      keys_{} {
    Random random{seed};
    for (std::uint64_t& key : keys_) {
        key = random.next();
    }
}

std::uint64_t Permutation::operator()(std::uint64_t index) const {
    // The square has less than four times the numbers below `count`, so the walk is short.
    do {
        std::uint64_t left = index >> half_bits_;
        std::uint64_t right = index & half_mask_;
        for (const std::uint64_t key : keys_) {
            const std::uint64_t mixed = (mix_bits(right + key) & half_mask_) ^ left;
            left = right;
            right = mixed;
        }
        index = left << half_bits_ | right;
    } while (index >= count_);
    return index;
}

}  // namespace strata::tools
