// SPDX-License-Identifier: Apache-2.0
#include "dump/record_facts.hpp"

namespace strata::tools {

RecordFilter::RecordFilter(const DumpOptions& options) : tombstones_{options.tombstones} {
    if (options.match) {
        glob_.emplace(*options.match);
    }
}

}  // namespace strata::tools
