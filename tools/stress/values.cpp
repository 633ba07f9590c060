// SPDX-License-Identifier: Apache-2.0
#include "stress/values.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"

#include <algorithm>
#include <cmath>

namespace strata::tools {
namespace {

using Kind = SizeSpec::Kind;

constexpr double size_theta = 0.99;
constexpr std::size_t piece = 64;
constexpr std::size_t pool_size = std::size_t{256} << 10;
// Sixteen digits hold every number that a disk can hold keys for.
constexpr std::size_t digits_max = 16;

Error bad_sizes(std::string_view text, std::uint64_t limit) {
    return usage_error(
        "expected SIZE, fixed:SIZE, uniform:A..B, zipf:A..B or pareto:MOST with sizes up to {}, "
        "found \"{}\"",
        size_text(limit), escaped(text));
}

/// "A..B" into a spec.
bool parse_between(SizeSpec& spec, std::string_view text) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) {
        return false;
    }
    const auto least = parse_size(text.substr(0, dots));
    const auto most = parse_size(text.substr(dots + 2));
    if (!least || !most) {
        return false;
    }
    spec.least = *least;
    spec.most = *most;
    return true;
}

bool parse_sizes(SizeSpec& spec, std::string_view name, std::string_view text) {
    if (name == "uniform" || name == "zipf") {
        spec.kind = name == "zipf" ? Kind::zipf : Kind::uniform;
        return parse_between(spec, text);
    }
    if (name != "fixed" && name != "pareto") {
        return false;
    }
    const auto size = parse_size(text);
    if (!size) {
        return false;
    }
    spec = name == "fixed" ? SizeSpec::fixed(*size) : SizeSpec{Kind::pareto, 1, *size};
    return true;
}

}  // namespace

Result<SizeSpec> parse_size_spec(std::string_view text, std::uint64_t limit) {
    constexpr std::uint64_t pareto_most = 1024;
    SizeSpec spec;
    const std::size_t colon = text.find(':');
    bool good = false;
    if (text == "pareto") {
        spec = {Kind::pareto, 1, std::min(pareto_most, limit)};
        good = true;
    } else if (colon == std::string_view::npos) {
        good = parse_sizes(spec, "fixed", text);
    } else {
        good = parse_sizes(spec, text.substr(0, colon), text.substr(colon + 1));
    }
    if (!good || spec.least > spec.most || spec.most > limit) {
        return bad_sizes(text, limit);
    }
    return spec;
}

std::string size_spec_text(const SizeSpec& spec) {
    switch (spec.kind) {
        case Kind::uniform:
            return fmt::format("uniform:{}..{}", spec.least, spec.most);
        case Kind::zipf:
            return fmt::format("zipf:{}..{}", spec.least, spec.most);
        case Kind::pareto:
            return fmt::format("pareto:{}", spec.most);
        case Kind::fixed:
            break;
    }
    return fmt::format("fixed:{}", spec.least);
}

SizeChooser::SizeChooser(const SizeSpec& spec)
    : spec_{spec}, ranks_{spec.kind == Kind::zipf ? spec.most - spec.least + 1 : 1, size_theta} {}

std::size_t SizeChooser::next(Random& random) const {
    switch (spec_.kind) {
        case Kind::fixed:
            break;
        case Kind::uniform:
            return spec_.least + random.below(spec_.most - spec_.least + 1);
        case Kind::zipf:
            return spec_.least + ranks_.next(random);
        case Kind::pareto: {
            constexpr double shape = 0.2615;
            constexpr double scale = 25.45;
            // The inverse of the distribution function.
            const double size = scale / shape * (std::pow(1 - random.unit(), -shape) - 1);
            const auto bounded = std::min(size, static_cast<double>(spec_.most));
            return std::max(spec_.least, static_cast<std::uint64_t>(bounded));
        }
    }
    return spec_.least;
}

Values::Values(std::uint64_t seed, const SizeSpec& sizes, double compressible)
    : random_{seed}, sizes_{sizes} {
    const std::size_t size = std::max<std::size_t>(pool_size, 2 * sizes.most);
    pool_.resize(size / piece * piece);
    const auto same = static_cast<std::size_t>(
        std::llround(std::clamp(compressible, 0.0, 1.0) * static_cast<double>(piece)));
    for (std::size_t at = 0; at < pool_.size(); ++at) {
        pool_[at] = at % piece < same ? 'a' : static_cast<char>(random_.next() >> 56U);
    }
    places_ = pool_.size() - sizes.most;
}

Bytes Values::next() {
    const std::size_t size = sizes_.next(random_);
    return Bytes{pool_}.substr(random_.below(places_), size);
}

KeyMaker::KeyMaker(const SizeSpec& sizes)
    : sizes_{sizes},
      digits_{std::clamp<std::size_t>(sizes.least, 1, digits_max)},
      buffer_(std::max<std::size_t>(sizes.most, digits_), 'k') {}

std::uint64_t KeyMaker::capacity(const SizeSpec& sizes) {
    std::uint64_t numbers = 1;
    for (std::size_t digit = 0; digit < std::min<std::size_t>(sizes.least, digits_max); ++digit) {
        numbers *= 10;
    }
    return numbers / 2;
}

Bytes KeyMaker::make(std::uint64_t number) {
    // The size belongs to the key, whoever asks for it.
    Random random{number};
    const std::size_t size = std::max(sizes_.next(random), digits_);
    for (std::size_t place = digits_; place-- > 0; number /= 10) {
        buffer_[place] = static_cast<char>('0' + number % 10);
    }
    return Bytes{buffer_}.substr(0, size);
}

}  // namespace strata::tools
