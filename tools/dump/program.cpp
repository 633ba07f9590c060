// SPDX-License-Identifier: Apache-2.0
#include "dump/program.hpp"

#include "common/exit_codes.hpp"
#include "dump/commands.hpp"

#include <fmt/format.h>
#include <strata/store.hpp>

namespace strata::tools {

int run_dump(const DumpOptions& options, FileSystem& files, Output& output,
             Diagnostics& diagnostics) {
    if (options.help) {
        output.write(dump_help(options.command));
        return exit_done;
    }
    if (options.version) {
        output.write(fmt::format("strata-dump {}\n", version()));
        return exit_done;
    }
    return options.command->run({options, files, output, diagnostics});
}

}  // namespace strata::tools
