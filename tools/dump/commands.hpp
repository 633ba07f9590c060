// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "dump/options.hpp"

#include <strata/file_system.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The commands of strata-dump: one row of a table and one file each. A command returns the exit
/// status, that of the worst file, and goes on with the next file after an error.
namespace strata::tools {

struct DumpContext {
    const DumpOptions& options;
    FileSystem& files;
    Output& output;
    Diagnostics& diagnostics;
};

struct DumpCommand {
    static constexpr std::size_t any_number = ~std::size_t{0};

    std::string_view name;
    std::string_view operands;  ///< as --help writes them: "KEY FILE|DIR..."
    std::string_view help;
    std::size_t arguments = 0;  ///< words in front of the files: they become options.arguments
    std::size_t files_min = 1;
    std::size_t files_max = any_number;
    bool takes_offset = false;  ///< a word "@OFFSET" among the others is options.offset
    int (*run)(const DumpContext&) = nullptr;
    /// The same for files of LevelDB, which run() never sees then; null: it takes all files.
    int (*run_leveldb)(const DumpContext&) = nullptr;
};

/// Every command, in the order of --help; the first is the default.
[[nodiscard]] std::span<const DumpCommand> dump_commands() noexcept;
/// By its name, or null.
[[nodiscard]] const DumpCommand* find_dump_command(std::string_view name) noexcept;

/// The tables that the files of the command line stand for.
struct TablePaths {
    std::vector<std::string> paths{};
    int status = 0;  ///< of the files that stand for none; their errors have been printed
};
/// A directory stands for the tables that its manifest names, in the order of their numbers;
/// without a manifest for all tables in it. What is something else, by its content or else by its
/// name, is refused with a word on who reads it.
[[nodiscard]] TablePaths table_paths(const DumpContext& context);
/// Prints why a table could not be read; the exit status. A table of a live store that a compaction
/// has replaced since its directory was listed is no error.
[[nodiscard]] int report_table_error(const DumpContext& context, const std::string& path,
                                     const Error& error);

int dump_block(const DumpContext& context);
int dump_check(const DumpContext& context);
int dump_diff(const DumpContext& context);
int dump_filter(const DumpContext& context);
int dump_find(const DumpContext& context);
int dump_hex(const DumpContext& context);
int dump_hist(const DumpContext& context);
int dump_identify(const DumpContext& context);
int dump_index(const DumpContext& context);
int dump_layout(const DumpContext& context);
int dump_manifest(const DumpContext& context);
int dump_props(const DumpContext& context);
int dump_records(const DumpContext& context);
int dump_salvage(const DumpContext& context);
int dump_space(const DumpContext& context);

}  // namespace strata::tools
