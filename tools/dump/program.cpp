// SPDX-License-Identifier: Apache-2.0
#include "dump/program.hpp"

#include "common/exit_codes.hpp"
#include "dump/commands.hpp"
#include "dump/leveldb.hpp"

#include <fmt/format.h>
#include <strata/store.hpp>

#include <algorithm>
#include <utility>

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
    if (options.command->run_leveldb == nullptr) {
        return options.command->run({options, files, output, diagnostics});
    }
    level::PathOwners owners = level::sort_paths(files, options.files);
    int worst = exit_done;
    if (!owners.ours.empty()) {
        DumpOptions ours = options;
        ours.files = std::move(owners.ours);
        worst = options.command->run({ours, files, output, diagnostics});
    }
    if (!owners.leveldb.empty()) {
        DumpOptions foreign = options;
        foreign.files = std::move(owners.leveldb);
        worst =
            std::max(worst, options.command->run_leveldb({foreign, files, output, diagnostics}));
    }
    return worst;
}

}  // namespace strata::tools
