// SPDX-License-Identifier: Apache-2.0
#include "dump/commands.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

constexpr DumpCommand commands[] = {
    {.name = "records",
     .operands = "FILE|DIR...",
     .help = "keys and values, the default",
     .run = dump_records},
    {.name = "identify",
     .operands = "PATH...",
     .help = "what each path is, by its content, and whether it is complete",
     .run = dump_identify},
    {.name = "props",
     .operands = "FILE|DIR...",
     .help = "what a table says of itself",
     .run = dump_props},
    {.name = "check",
     .operands = "FILE|DIR...",
     .help = "verify every byte; exit status 5 when damage is found",
     .run = dump_check},
};

}  // namespace

std::span<const DumpCommand> dump_commands() noexcept { return commands; }

const DumpCommand* find_dump_command(std::string_view name) noexcept {
    const auto* found = std::ranges::find(commands, name, &DumpCommand::name);
    return found == std::end(commands) ? nullptr : found;
}

}  // namespace strata::tools
