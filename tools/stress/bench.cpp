// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "stress/mode_table.hpp"

namespace strata::tools {

int stress_bench(const StressContext& context) {
    return context.diagnostics.error(usage_error("bench: expected --preset"));
}

}  // namespace strata::tools
