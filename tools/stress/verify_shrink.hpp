// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/verify_prover.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// A mismatch, made as small as it gets.
namespace strata::tools {

/// Gives an opener of a new and empty store each time.
using StoreMaker = std::function<Result<StoreOpener>()>;

/// Runs operations on a new store, of which nobody else knows. Stops at the first wrong answer.
struct Rerun {
    std::optional<Mismatch> mismatch{};
    std::size_t step = 0;  ///< of it
};
[[nodiscard]] Rerun run_operations(const std::vector<Operation>& operations,
                                   const StoreMaker& maker, ScriptWriter* record);

struct Shrunk {
    bool recurred = false;  ///< else the operations are as they were
    std::vector<Operation> operations{};
    std::string what{};  ///< the mismatch that these lead to
    std::uint64_t tries = 0;
};

/// `operations` ended in a mismatch. Runs them again, and if it recurs, leaves out operations,
/// parts of batches and bytes of values without which it still comes to a mismatch, whatever that
/// is; in at most `tries_max` runs, and until `stop` says so.
[[nodiscard]] Shrunk shrink_operations(std::vector<Operation> operations, const StoreMaker& maker,
                                       std::uint64_t tries_max, const std::function<bool()>& stop);

}  // namespace strata::tools
