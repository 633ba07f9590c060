// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record_output.hpp"
#include "common/terminal.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What strata-dump was asked to do.
namespace strata::tools {

struct DumpCommand;
struct DumpOption;

enum class Tombstones : std::uint8_t { shown, no, only };

struct DumpOptions {
    const DumpCommand* command = nullptr;  ///< set by apply_dump_words()
    std::vector<std::string> arguments{};  ///< of the command, in front of its files
    std::vector<std::string> files{};
    std::optional<std::uint64_t> offset{};  ///< "@OFFSET", for commands that take one
    std::vector<const DumpOption*> given{};

    ScanOptions range{};                 ///< --from --to --after --prefix --reverse
    std::uint64_t limit = 0;             ///< of records over all files; 0: none
    std::optional<std::string> match{};  ///< --match
    Tombstones tombstones = Tombstones::shown;
    bool all_versions = false;
    bool internal = false;
    bool fast = false;
    bool blocks = false;                   ///< layout: list them
    std::optional<std::uint64_t> block{};  ///< hex: a data block
    std::uint64_t bytes = 0;               ///< hex: how many; 0: as many as are usual
    bool footer = false;                   ///< hex
    bool plain = false;                    ///< hex: without explanation
    std::uint64_t depth = 0;               ///< space: separators of a prefix; 0: by range
    std::uint64_t ranges = 0;              ///< space: how many; 0: as many as are usual
    std::string separators{};  ///< space: bytes that end a part of a key; empty: the usual ones
    std::optional<std::string> test{};    ///< filter: a key to look up
    std::uint64_t measure = 0;            ///< filter: random keys to look up
    std::uint64_t width = 0;              ///< of the map; 0: the terminal's
    bool orphans = false;                 ///< manifest: files that it does not name
    std::optional<std::string> output{};  ///< salvage: the new file, or - for standard output
    std::optional<std::string> ledger{};  ///< salvage: the new file
    bool quiet = false;
    bool json = false;
    bool help = false;
    bool version = false;
    std::optional<OutputFormat> format{};
    OutputStyle style{};  ///< its format is set by resolve_style()
    ColorWhen color = ColorWhen::automatic;
};

/// One option of the program, for the parser, the help and the manual page.
struct DumpOption {
    std::string_view names;     ///< as the parser wants them: "-f,--format"
    std::string_view argument;  ///< what --help calls its value; empty: it takes none
    std::string_view commands;  ///< that take it, between blanks; empty: all
    std::string_view help;
    Status (*apply)(DumpOptions& options, std::string_view value);
};
[[nodiscard]] std::span<const DumpOption> dump_options() noexcept;

/// Takes one option by the last of its names, without dashes. Keys are read in the key format, so
/// that one must come first.
Status apply_dump_option(DumpOptions& options, std::string_view name, std::string_view value);

/// Takes the words that are no options, after all options: [COMMAND] [ARGUMENT...] FILE...
Status apply_dump_words(DumpOptions& options, const std::vector<std::string>& words);

/// The format and look of the output: a table on a terminal, TSV elsewhere, unless asked for.
void resolve_style(DumpOptions& options, int descriptor);

/// The text of --help; of one command when it is not null.
[[nodiscard]] std::string dump_help(const DumpCommand* command);

}  // namespace strata::tools
