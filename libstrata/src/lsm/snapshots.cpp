// SPDX-License-Identifier: Apache-2.0
#include "lsm/snapshots.hpp"

namespace strata {

class SnapshotList::Held : public Snapshot {
  public:
    Held(std::shared_ptr<SnapshotList> list, Sequence sequence)
        : list_{std::move(list)}, sequence_{sequence} {}
    ~Held() override {
        const MutexLock lock{list_->mutex_};
        list_->sequences_.erase(list_->sequences_.find(sequence_));
    }
    [[nodiscard]] Sequence sequence() const noexcept override { return sequence_; }

  private:
    std::shared_ptr<SnapshotList> list_;
    Sequence sequence_;
};

std::unique_ptr<Snapshot> SnapshotList::take(const std::atomic<Sequence>& visible) {
    const MutexLock lock{mutex_};
    const Sequence sequence = visible.load(std::memory_order_acquire);
    sequences_.insert(sequence);
    return std::make_unique<Held>(shared_from_this(), sequence);
}

std::vector<Sequence> SnapshotList::list() const {
    const MutexLock lock{mutex_};
    return {sequences_.begin(), sequences_.end()};
}

std::size_t SnapshotList::size() const {
    const MutexLock lock{mutex_};
    return sequences_.size();
}

}  // namespace strata
