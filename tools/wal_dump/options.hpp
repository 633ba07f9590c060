// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record_output.hpp"
#include "common/terminal.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What strata-wal-dump was asked to do.
namespace strata::tools {

/// One option of the program, for the parser, the help and the manual page.
struct WalDumpOption {
    std::string_view names;     ///< as the parser wants them: "-K,--key-format"
    std::string_view argument;  ///< what --help calls its value; empty: it takes none
    std::string_view help;
};
[[nodiscard]] const std::vector<WalDumpOption>& wal_dump_options();

struct WalDumpOptions {
    std::vector<std::string> files{};
    Sequence from_sequence = 0;              ///< inclusive
    Sequence to_sequence = ~Sequence{0};     ///< exclusive
    std::string prefix{};
    std::uint64_t limit = 0;  ///< of records over all files; 0: none
    bool batches = false;
    bool check = false;
    bool offsets = false;
    bool strict = false;
    bool quiet = false;
    bool json = false;
    bool help = false;
    bool version = false;
    std::optional<OutputFormat> format{};
    OutputStyle style{};  ///< its format is set by resolve_style()
    ColorWhen color = ColorWhen::automatic;
};

/// Takes one option by the last of its names, without dashes. A prefix is read in the key format,
/// so that one must come first.
Status apply_wal_dump_option(WalDumpOptions& options, std::string_view name,
                             std::string_view value);

/// Takes the words that are no options: FILE...
Status apply_wal_dump_files(WalDumpOptions& options, std::vector<std::string> files);

/// The format and look of the output: a table on a terminal, TSV elsewhere, unless asked for.
void resolve_style(WalDumpOptions& options, int descriptor);

/// The text of --help.
[[nodiscard]] std::string wal_dump_help();

}  // namespace strata::tools
