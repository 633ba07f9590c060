// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/latency.hpp"
#include "stress/mix.hpp"

#include <array>
#include <cstdint>
#include <memory>

/// What the operations of a run came to. One thread at a time; those of several are merged.
namespace strata::tools {

struct KindTally {
    std::uint64_t operations = 0;
    std::uint64_t records = 0;  ///< found by gets, walked over by scans
    std::uint64_t bytes = 0;    ///< of keys and values, read or written
    /// Times of single calls: an operation, or a batch of writes. Ticks, or nanoseconds of an open
    /// loop. The second is empty but for an open loop.
    Histogram service{};
    Histogram response{};

    void merge(const KindTally& other);
};

class RunTally {
  public:
    KindTally& of(OperationKind kind) {
        auto& tally = kinds_[static_cast<std::size_t>(kind)];
        if (tally == nullptr) [[unlikely]] {
            tally = std::make_unique<KindTally>();
        }
        return *tally;
    }
    /// Null when there was no such operation.
    [[nodiscard]] const KindTally* find(OperationKind kind) const noexcept {
        return kinds_[static_cast<std::size_t>(kind)].get();
    }

    void merge(const RunTally& other);
    void clear();
    /// Of all kinds together.
    [[nodiscard]] KindTally total() const;

    std::uint64_t late = 0;     ///< arrivals of an open loop that began after their time
    std::uint64_t skipped = 0;  ///< arrivals that never began

  private:
    std::array<std::unique_ptr<KindTally>, operation_kinds> kinds_{};
};

}  // namespace strata::tools
