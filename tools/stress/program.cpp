// SPDX-License-Identifier: Apache-2.0
#include "stress/program.hpp"

#include "common/exit_codes.hpp"
#include "stress/mode_table.hpp"

#include <fmt/format.h>
#include <strata/store.hpp>

namespace strata::tools {

int run_stress(const StressOptions& options, Output& output, Diagnostics& diagnostics) {
    if (options.help) {
        output.write(stress_help(options.mode));
        return exit_done;
    }
    if (options.version) {
        output.write(fmt::format("strata-stress {}\n", version()));
        return exit_done;
    }
    return options.mode->run({options, output, diagnostics});
}

}  // namespace strata::tools
