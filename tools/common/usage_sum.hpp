// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/sheet.hpp"

#include <strata/store.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace strata::tools {

/// What the keys with one prefix take.
struct Usage {
    std::uint64_t keys = 0;         ///< live ones
    std::uint64_t live = 0;         ///< bytes of the newest versions
    std::uint64_t overwritten = 0;  ///< bytes of versions that a newer one hides
    std::uint64_t tombstones = 0;   ///< bytes of deletions that are the newest version

    Usage& operator+=(const Usage& other) noexcept {
        keys += other.keys;
        live += other.live;
        overwritten += other.overwritten;
        tombstones += other.tombstones;
        return *this;
    }
    [[nodiscard]] std::uint64_t obsolete() const noexcept { return overwritten + tombstones; }
};

/// Sums up versions by prefix, as a walk over all of them meets them: of each key the newest first.
/// A group ends behind the depth-th separator that follows the first `common` bytes.
class UsageSum {
  public:
    UsageSum(std::size_t common, std::string separators, std::uint64_t depth)
        : common_{common}, separators_{std::move(separators)}, depth_{depth} {}

    void add(const Iterator& at);

    [[nodiscard]] Sheet sheet(bool obsolete_only) const;

  private:
    Usage& usage_of(Bytes group);

    const std::size_t common_;
    const std::string separators_;
    const std::uint64_t depth_;
    std::string key_;
    Usage* usage_ = nullptr;  // of key_'s group
    Usage rest_;
    std::map<std::string, Usage, std::less<>> groups_;
};

}  // namespace strata::tools
