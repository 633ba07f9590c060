// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/mutex.hpp"

#include <strata/store.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <set>
#include <vector>

namespace strata {

/// The sequences that live snapshots read at. A snapshot takes the visible sequence under the
/// same mutex that merges read the list under: a merge that does not find a snapshot in the list
/// pinned its inputs before the snapshot's sequence was taken, so everything the snapshot may see
/// of them is the newest version, which stays. Thread-safe.
class SnapshotList : public std::enable_shared_from_this<SnapshotList> {
  public:
    /// `visible` is read under the mutex.
    [[nodiscard]] std::unique_ptr<Snapshot> take(const std::atomic<Sequence>& visible);
    /// Ascending.
    [[nodiscard]] std::vector<Sequence> list() const;
    [[nodiscard]] std::size_t size() const;

  private:
    class Held;

    mutable Mutex mutex_;
    std::multiset<Sequence> sequences_ STRATA_GUARDED_BY(mutex_);
};

}  // namespace strata
