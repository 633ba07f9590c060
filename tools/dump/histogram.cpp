// SPDX-License-Identifier: Apache-2.0
#include "dump/histogram.hpp"

#include "common/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace strata::tools {
namespace {

constexpr std::size_t tens_max = 20;
constexpr std::size_t bar_min = 10;

}  // namespace

std::size_t Histogram::class_of(std::uint64_t number) const noexcept {
    return scale_ == Scale::powers
               ? static_cast<std::size_t>(std::bit_width(number))
               : static_cast<std::size_t>(std::min<std::uint64_t>(number / 10, tens_max));
}

std::uint64_t Histogram::least_of(std::size_t index) const noexcept {
    if (scale_ == Scale::tens) {
        return 10 * std::uint64_t{index};
    }
    return index == 0 ? 0 : std::uint64_t{1} << (index - 1);
}

std::uint64_t Histogram::greatest_of(std::size_t index) const noexcept {
    if (scale_ == Scale::tens) {
        return index == tens_max ? greatest_ : 10 * std::uint64_t{index} + 9;
    }
    return index == 0 ? 0 : (std::uint64_t{1} << (index - 1)) * 2 - 1;
}

std::string Histogram::label_of(std::size_t index) const {
    const std::uint64_t least = least_of(index);
    const std::uint64_t greatest = greatest_of(index);
    return least == greatest ? count_text(least)
                             : fmt::format("{}-{}", count_text(least), count_text(greatest));
}

void Histogram::add(std::uint64_t number) {
    const std::size_t index = class_of(number);
    counts_.resize(std::max(counts_.size(), index + 1));
    counts_[index] += 1;
    total_ += 1;
    least_ = std::min(least_, number);
    greatest_ = std::max(greatest_, number);
    sum_ += static_cast<double>(number);
}

std::string Histogram::draw(std::size_t width) const {
    if (total_ == 0) {
        return fmt::format("{}: nothing to count\n", name_);
    }
    std::string text =
        fmt::format("{}, {}: least {}, mean {:.1f}, greatest {}\n", name_, unit_,
                    count_text(least_), sum_ / static_cast<double>(total_), count_text(greatest_));
    const auto used = std::ranges::find_if(counts_, [](std::uint64_t count) { return count != 0; });
    const auto first = static_cast<std::size_t>(used - counts_.begin());
    const std::uint64_t most = *std::ranges::max_element(counts_);
    std::size_t labels = 0;
    for (std::size_t i = first; i < counts_.size(); ++i) {
        labels = std::max(labels, label_of(i).size());
    }
    const std::size_t counts = count_text(most).size();
    const std::size_t taken = labels + counts + 6;
    const std::size_t room = std::max(width, taken + bar_min) - taken;
    for (std::size_t i = first; i < counts_.size(); ++i) {
        // Whatever is there has a mark.
        const auto length =
            static_cast<std::size_t>(static_cast<double>(counts_[i]) * static_cast<double>(room) /
                                     static_cast<double>(most));
        const std::string bar(counts_[i] == 0 ? 0 : std::max<std::size_t>(length, 1), '#');
        std::string line = fmt::format("  {:>{}}  {:>{}}  {}", label_of(i), labels,
                                       count_text(counts_[i]), counts, bar);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

void Histogram::append_rows(Sheet& sheet) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] != 0) {
            sheet.rows.push_back({name_, least_of(i), greatest_of(i), counts_[i]});
        }
    }
}

}  // namespace strata::tools
