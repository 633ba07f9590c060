// SPDX-License-Identifier: Apache-2.0
#include "dump/commands.hpp"

#include "dump/leveldb.hpp"

#include <algorithm>

namespace strata::tools {
namespace {

constexpr DumpCommand commands[] = {
    {.name = "records",
     .operands = "FILE|DIR...",
     .help = "keys and values, the default",
     .run = dump_records,
     .run_leveldb = dump_leveldb_records},
    {.name = "identify",
     .operands = "PATH...",
     .help = "what each path is, by its content, and whether it is complete",
     .run = dump_identify},
    {.name = "props",
     .operands = "FILE|DIR...",
     .help = "what a table says of itself",
     .run = dump_props,
     .run_leveldb = dump_leveldb_props},
    {.name = "layout",
     .operands = "FILE|DIR...",
     .help = "a map of the file: who owns each byte",
     .run = dump_layout,
     .run_leveldb = dump_leveldb_layout},
    {.name = "index",
     .operands = "FILE|DIR...",
     .help = "where each block stands, and its separator",
     .run = dump_index},
    {.name = "block",
     .operands = "N FILE",
     .help = "the records of one data block, counted from 0",
     .arguments = 1,
     .files_max = 1,
     .run = dump_block},
    {.name = "filter",
     .operands = "FILE|DIR...",
     .help = "how good the filter is, or what it says of a key",
     .run = dump_filter},
    {.name = "hex",
     .operands = "[@OFFSET] FILE",
     .help = "the bytes of any file, field by field where it is a store's",
     .files_max = 1,
     .takes_offset = true,
     .run = dump_hex},
    {.name = "hist",
     .operands = "FILE|DIR...",
     .help = "how long keys and values are, versions of a key, fill of blocks",
     .run = dump_hist},
    {.name = "space",
     .operands = "FILE|DIR...",
     .help = "which keys take the bytes: by range, or by prefix",
     .run = dump_space},
    {.name = "check",
     .operands = "FILE|DIR...",
     .help = "verify every byte; exit status 5 when damage is found",
     .run = dump_check,
     .run_leveldb = dump_leveldb_check},
    {.name = "find",
     .operands = "KEY PATH...",
     .help = "every version of a key, newest first, in tables, logs and stores",
     .arguments = 1,
     .run = dump_find,
     .run_leveldb = dump_leveldb_find},
    {.name = "manifest",
     .operands = "FILE|DIR...",
     .help = "which tables and segments a store consists of",
     .run = dump_manifest,
     .run_leveldb = dump_leveldb_manifest},
    {.name = "diff",
     .operands = "FILE FILE",
     .help = "which keys differ in two tables; status 1 when some do",
     .files_min = 2,
     .files_max = 2,
     .run = dump_diff},
    {.name = "salvage",
     .operands = "-o FILE FILE",
     .help = "what can be read of a damaged table, as a new one",
     .files_max = 1,
     .run = dump_salvage},
};

}  // namespace

std::span<const DumpCommand> dump_commands() noexcept { return commands; }

const DumpCommand* find_dump_command(std::string_view name) noexcept {
    const auto* found = std::ranges::find(commands, name, &DumpCommand::name);
    return found == std::end(commands) ? nullptr : found;
}

}  // namespace strata::tools
