// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/sheet.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <memory>

namespace strata::tools {

/// One hash (XXH3, 128 bits) over the keys and values of a list of records, each with its length in
/// front.
class Digest {
  public:
    Digest();

    void add(const Iterator& at);
    [[nodiscard]] Facts facts() const;

  private:
    struct Free {
        void operator()(void* state) const noexcept;
    };

    void add(Bytes bytes);

    std::unique_ptr<void, Free> state_;
    std::uint64_t keys_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace strata::tools
