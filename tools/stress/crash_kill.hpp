// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/crash_child.hpp"
#include "stress/crash_tally.hpp"
#include "stress/oracle.hpp"

#include <strata/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::tools {

struct KillSpec {
    /// Opens the store, in this process and in children.
    std::function<Result<std::unique_ptr<Store>>(const Options& options)> open{};
    std::uint64_t seed = 0;
    std::size_t writers = 4;
    std::uint64_t keys = 200;  ///< of each writer
    std::optional<SyncMode> sync{};
    /// Options of the store in a round; a store keeps its data, not its options.
    std::function<Options(std::uint64_t seed)> engine{};
};

/// Rounds of killing on one store: a child writes and is killed at a random moment, the store is
/// opened, read-only now and then, and held against what the child had told; and checked. In any
/// sync mode a killed process loses nothing that it acknowledged.
class KillRounds {
  public:
    explicit KillRounds(KillSpec spec) : spec_{std::move(spec)}, oracle_{spec_.writers} {}

    /// One round. An error is one of the system; what is wrong with the store is in wrong().
    Status round();

    [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }
    [[nodiscard]] const CrashTally& tally() const noexcept { return tally_; }
    [[nodiscard]] std::uint64_t rounds() const noexcept { return rounds_; }

  private:
    Status run_child(const ChildSpec& child, std::chrono::microseconds duration);
    void hear(const ChildMessage& message);
    void look(const Options& engine, Dice& dice);

    KillSpec spec_;
    CrashOracle oracle_;
    std::vector<WriterScript> scripts_{};  ///< what the child writes next
    std::uint64_t rounds_ = 0;
    CrashTally tally_{};
    std::string wrong_{};
};

}  // namespace strata::tools
