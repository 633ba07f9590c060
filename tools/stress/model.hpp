// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/verify_operation.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

/// What a store must answer, computed the plain way: an ordered map, copies of it for snapshots,
/// and scans that look at every key.
namespace strata::tools {

class Model {
  public:
    struct Item {
        std::string value{};
        Sequence sequence = 0;
    };
    using State = std::map<std::string, Item, std::less<>>;

    /// Makes conditions of guards, and `at` of `back`, by what the model holds now.
    void resolve(Operation& operation) const;

    /// The answer to a resolved operation, whose changes are then part of the model. `given` is the
    /// sequence that the store gave a write or snapshot when others use it too, so that the model
    /// cannot know it; 0: nobody else does.
    Answer answer(const Operation& operation, Sequence given);

    [[nodiscard]] const State& state() const noexcept { return state_; }
    /// Sequence of the last operation the model knows of.
    [[nodiscard]] Sequence last() const noexcept { return last_; }
    /// Snapshots do not outlive the store they were taken of.
    void forget_snapshots() { snapshots_.clear(); }
    [[nodiscard]] const std::map<std::uint64_t, std::shared_ptr<const State>>& snapshots() const {
        return snapshots_;
    }

  private:
    struct Undo {
        Sequence sequence = 0;
        std::string key{};
        std::optional<Item> before{};
    };
    /// How many operations can be taken back for a read at a sequence.
    static constexpr std::size_t undo_max = 500;

    [[nodiscard]] Condition::Test test_of(const Guard& guard) const;
    [[nodiscard]] bool holds(const Condition& condition) const;
    Answer write(const Operation& operation, Sequence given);
    void change(const Change& change, Sequence sequence);
    [[nodiscard]] State state_at(Sequence sequence) const;
    /// What a read sees; `past` is filled when that is neither the present nor a snapshot.
    [[nodiscard]] const State& seen(const Operation& operation, State& past) const;

    State state_{};
    Sequence last_ = 0;
    std::map<std::uint64_t, std::shared_ptr<const State>> snapshots_{};
    std::deque<Undo> undo_{};
};

/// Whether a scan may show the key, word for word as ScanOptions says it.
[[nodiscard]] bool in_range(const ScanOptions& range, Bytes key);

/// What a scan of the state shows.
[[nodiscard]] std::vector<Entry> scan_of(const Model::State& state, const ScanOptions& range,
                                         std::uint64_t limit);

}  // namespace strata::tools
