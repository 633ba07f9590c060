// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <string>
#include <utility>

namespace strata::tools {

/// A pattern over bytes that are mostly UTF-8: '*' any bytes, '?' one character (or one byte that
/// is none), [a-z] one of a set, [!a-z] one outside it; [*] is a star itself.
class Glob {
  public:
    explicit Glob(std::string pattern) : pattern_{std::move(pattern)} {}

    [[nodiscard]] bool matches(Bytes bytes) const;
    /// What every matching string begins with.
    [[nodiscard]] std::string literal_prefix() const;

  private:
    std::string pattern_;
};

}  // namespace strata::tools
