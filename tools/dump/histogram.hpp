// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/sheet.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace strata::tools {

/// Counts of numbers in classes: by powers of two, or by steps of ten with one class for all from
/// 200 on.
class Histogram {
  public:
    enum class Scale : std::uint8_t { powers, tens };

    Histogram(std::string name, std::string unit, Scale scale)
        : name_{std::move(name)}, unit_{std::move(unit)}, scale_{scale} {}

    void add(std::uint64_t number);
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

    /// For people: a line of facts, then a bar for each class from the first to the last used one.
    [[nodiscard]] std::string draw(std::size_t width) const;
    /// For programs: name, least and greatest number of the class, count; used classes only.
    void append_rows(Sheet& sheet) const;

  private:
    [[nodiscard]] std::size_t class_of(std::uint64_t number) const noexcept;
    [[nodiscard]] std::uint64_t least_of(std::size_t index) const noexcept;
    [[nodiscard]] std::uint64_t greatest_of(std::size_t index) const noexcept;
    [[nodiscard]] std::string label_of(std::size_t index) const;

    std::string name_;
    std::string unit_;
    Scale scale_;
    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::uint64_t least_ = ~std::uint64_t{0};
    std::uint64_t greatest_ = 0;
    double sum_ = 0;
};

}  // namespace strata::tools
