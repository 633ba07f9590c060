// SPDX-License-Identifier: Apache-2.0
#include "inspect/filter_facts.hpp"

#include "base/coding.hpp"
#include "base/hash.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace strata {
namespace {

constexpr std::uint32_t line_bits = filter_line_size * 8;
constexpr std::uint32_t probe_factor = 0x9e3779b9U;
// Beyond this many keys in a line every bit is set for all that a number can tell.
constexpr double crowded = 1e5;

Bytes line_at(Bytes block, std::uint64_t line) {
    return block.substr(static_cast<std::size_t>((line + 1) * filter_line_size), filter_line_size);
}

}  // namespace

FilterFill fill_of_filter(Bytes block) {
    const auto lines = load<std::uint32_t>(block.data());
    const auto probes = static_cast<unsigned char>(block[4]);
    FilterFill fill{.emptiest = line_bits};
    double sum = 0;
    for (std::uint32_t i = 0; i < lines; ++i) {
        const Bytes line = line_at(block, i);
        std::uint32_t set = 0;
        for (std::size_t at = 0; at < filter_line_size; at += sizeof(std::uint64_t)) {
            set += static_cast<std::uint32_t>(std::popcount(load<std::uint64_t>(line.data() + at)));
        }
        fill.bits_set += set;
        fill.fullest = std::max(fill.fullest, set);
        fill.emptiest = std::min(fill.emptiest, set);
        sum += std::pow(static_cast<double>(set) / line_bits, probes);
    }
    fill.false_positives = sum / lines;
    return fill;
}

double theoretical_rate(const FilterView& filter) {
    const double mean = static_cast<double>(filter.keys()) / filter.lines();
    if (mean > crowded) {
        return 1;
    }
    // The weights of all counts of keys that matter: ten standard deviations to both sides.
    const double reach = 10 * std::sqrt(mean) + 10;
    const auto first = static_cast<std::uint64_t>(std::max(0.0, mean - reach));
    const auto last = static_cast<std::uint64_t>(mean + reach);
    double rate = 0;
    for (std::uint64_t keys = first; keys <= last; ++keys) {
        const auto count = static_cast<double>(keys);
        const double log_weight =
            count * std::log(std::max(mean, 1e-300)) - mean - std::lgamma(count + 1);
        const double clear = std::pow(1 - 1.0 / line_bits, count * filter.probes());
        rate += std::exp(log_weight) * std::pow(1 - clear, filter.probes());
    }
    return std::min(rate, 1.0);
}

FilterProbe probe_filter(Bytes block, Bytes key) {
    const auto lines = load<std::uint32_t>(block.data());
    const auto probes = static_cast<unsigned char>(block[4]);
    FilterProbe probe{.hash = hash64(key, 0), .maybe = true};
    probe.line = ((probe.hash >> 32) * lines) >> 32;
    const Bytes line = line_at(block, probe.line);
    std::uint32_t y = low32(probe.hash);
    for (unsigned i = 0; i < probes; ++i) {
        const std::uint32_t bit = y >> 23;
        const std::uint32_t byte = static_cast<unsigned char>(line[bit / 8]);
        const bool set = (byte >> (bit % 8) & 1U) != 0;
        probe.bits.push_back({.number = bit, .set = set});
        probe.maybe = probe.maybe && set;
        y *= probe_factor;
    }
    return probe;
}

}  // namespace strata
