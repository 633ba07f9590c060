// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/verify_generator.hpp"
#include "stress/verify_prover.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// One round of a verification: a fresh store, random operations of one or several threads, and a
/// last look at everything.
namespace strata::tools {

struct RoundSpec {
    std::uint64_t seed = 0;
    unsigned threads = 1;
    std::uint64_t operations = 20'000;  ///< of all threads together
    std::uint64_t keys = 1000;          ///< of all threads together
    std::size_t block_size = 4096;
    std::optional<SyncMode> sync{};
    bool reopens = true;
    bool remote = false;  ///< a server's store, where a snapshot is a sequence and may be gone
};

struct RoundResult {
    std::optional<Mismatch> mismatch{};
    unsigned thread = 0;     ///< that met it
    std::uint64_t step = 0;  ///< of that thread, from 0
    Tally tally{};
};

/// Runs a round on a store that must be new. With one thread the whole course of it follows from
/// the seed but for what the store does in the background; with several each thread's operations
/// do. `stop` is asked often, by all threads, and ends the round early. `record` gets what one
/// thread does; with several it must be null.
[[nodiscard]] RoundResult run_round(const RoundSpec& spec, const StoreOpener& opener,
                                    const std::function<bool()>& stop, ScriptWriter* record);

/// The first `count` operations of a round of one thread.
[[nodiscard]] std::vector<Operation> round_operations(const RoundSpec& spec, std::uint64_t count);

}  // namespace strata::tools
