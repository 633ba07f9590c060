// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/model.hpp"
#include "stress/verify_operation.hpp"
#include "stress/verify_perform.hpp"
#include "stress/verify_script.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

/// A store held against a model, operation by operation.
namespace strata::tools {

/// What was done and found right.
struct Tally {
    std::array<std::uint64_t, Operation::kinds> operations{};
    std::uint64_t records = 0;    ///< values, sequences and absences that were compared
    std::uint64_t conflicts = 0;  ///< batches that were refused as they had to be
    std::uint64_t gaps = 0;       ///< reads of history that was gone, as it may be
    std::uint64_t shared = 0;     ///< operations on what threads share

    void add(const Tally& other);
    [[nodiscard]] std::uint64_t total() const;
    [[nodiscard]] std::uint64_t of(Operation::Kind kind) const {
        return operations[static_cast<std::size_t>(kind)];
    }
};

struct Mismatch {
    std::string what{};
    /// The disk or the system failed, which proves nothing about the store.
    bool system = false;
};
[[nodiscard]] Mismatch mismatch_of(const Error& error);

/// A store that several threads use and that any of them may close and open again. Users hold
/// gate() shared while they use store(), and nothing of the store but HeldSnapshots when they do
/// not.
class TestedStore {
  public:
    /// `snapshots_may_go`: they are sequences that the store may keep no longer.
    explicit TestedStore(StoreOpener opener, bool snapshots_may_go = false)
        : opener_{std::move(opener)}, snapshots_may_go_{snapshots_may_go} {}

    Status open();
    /// To be called with the gate held alone. Snapshots of all users are let go first.
    Status reopen(bool clean);
    Status close();
    /// `snapshots` must live as long as this.
    void enlist(HeldSnapshots* snapshots) { users_.push_back(snapshots); }

    [[nodiscard]] Store& store() noexcept { return *store_; }
    [[nodiscard]] const StoreOpener& opener() const noexcept { return opener_; }
    [[nodiscard]] bool snapshots_may_go() const noexcept { return snapshots_may_go_; }
    [[nodiscard]] std::shared_mutex& gate() noexcept { return gate_; }

  private:
    StoreOpener opener_;
    bool snapshots_may_go_;
    std::unique_ptr<Store> store_{};
    std::vector<HeldSnapshots*> users_{};
    std::shared_mutex gate_{};
};

/// One user of a store, who knows what it must answer for the keys of a slice that nobody else
/// writes. Every answer is exact: values, absences, order, and of the only user every sequence.
class Prover {
  public:
    /// `alone`: nobody else writes to the store, so that sequences follow each other.
    Prover(TestedStore& tested, bool alone, ScriptWriter* record = nullptr);

    /// Carries an operation out; empty when the answer is right.
    std::optional<Mismatch> step(Operation operation);

    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }
    [[nodiscard]] const Model& model() const noexcept { return model_; }

  private:
    /// Where the snapshot it names is gone, the operation is changed to read the present.
    Answer carry_out(Operation& operation);
    Answer exchange_store(const Operation& operation);
    [[nodiscard]] bool may_be_gone(const Operation& operation);

    TestedStore& tested_;
    bool alone_;
    ScriptWriter* record_;
    Model model_{};
    HeldSnapshots snapshots_{};
    Tally tally_{};
};

/// Operations that read everything a user of the slice may know: the last ones of a round, with a
/// reopening in between when `reopens`.
[[nodiscard]] std::vector<Operation> last_look(const std::vector<std::string>& keys,
                                               const std::string& slice, bool reopens);

}  // namespace strata::tools
