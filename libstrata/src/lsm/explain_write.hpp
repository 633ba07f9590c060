// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lsm/commit_queue.hpp"
#include "lsm/pacer.hpp"
#include "lsm/store_core.hpp"

#include <strata/explain.hpp>
#include <strata/options.hpp>

#include <cstddef>

namespace strata {

/// A write that is explained and not carried out.
struct ExplainedWrite {
    std::size_t bytes = 0;  ///< encoded
    bool conditional = false;
    SyncMode mode{};
    std::size_t sequences = 0;  ///< operations
};

/// Adds what the commit queue, the pacer, the memtable and the log would do with it now. Asks each
/// of them and changes nothing.
void explain_commit(const StoreCore& core, const CommitQueue& queue, const Pacer& pacer,
                    const ExplainedWrite& write, Explanation& explanation);

}  // namespace strata
