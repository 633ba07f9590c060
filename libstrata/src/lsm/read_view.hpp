// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memtable/memtable.hpp"
#include "version/version.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace strata {

/// A memtable that takes no more writes and waits for its flush.
struct SealedMemtable {
    std::shared_ptr<const Memtable> memtable;
    /// The last WAL segment whose operations are in it; after recovery it may hold several.
    std::uint64_t last_segment = 0;
    std::uint64_t segments = 1;
    /// Read from the log at open: small ones wait, so that opening often does not flush often.
    bool recovered = false;
};

/// Everything a read looks at, newest first: immutable but for the entries that the active memtable
/// still gains. Whoever holds a view holds its memtables and tables; files of a view are not
/// unlinked before the last holder lets go.
struct ReadView {
    std::shared_ptr<const Memtable> active;  ///< null in a read-only store
    std::vector<SealedMemtable> sealed;      ///< newest first
    std::shared_ptr<const Version> version;
    /// Of the versions in this view: a read at a sequence that is not below it finds everything.
    /// It belongs to the view, so that no merge can raise it between check and read.
    Sequence history_floor = 0;
};

using ViewPtr = std::shared_ptr<const ReadView>;

/// Publishes the current view to many readers. Each stripe is a cache line with a tiny lock and a
/// shared pointer of its own control block, and a thread keeps to one stripe, so that readers on
/// different processors share no written word. Publishing replaces every stripe; that is rare.
class ViewStripes {
  public:
    ViewStripes();
    ViewStripes(const ViewStripes&) = delete;
    ViewStripes& operator=(const ViewStripes&) = delete;

    /// One publisher at a time.
    void publish(const ViewPtr& view);
    /// Any thread.
    [[nodiscard]] ViewPtr acquire() const;

  private:
    struct alignas(64) Stripe {
        mutable std::atomic<bool> locked{false};
        ViewPtr view;
    };

    [[nodiscard]] const Stripe& mine() const;

    std::size_t count_;  // a power of two
    std::unique_ptr<Stripe[]> stripes_;
};

}  // namespace strata
