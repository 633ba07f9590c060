// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/glob.hpp"
#include "common/record_output.hpp"
#include "common/terminal.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <chrono>
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

/// What is shown of a log.
enum class WalDumpMode : std::uint8_t {
    records,
    batches,  ///< frames
    hex,      ///< bytes, field by field
    script,   ///< commands
    stats,
    gaps,
    check,    ///< verdicts alone
    extract,  ///< nothing; good batches go to a new file
};

/// What to do where no frame verifies.
enum class OnError : std::uint8_t {
    report,  ///< say it, and go on with the next segment
    skip,    ///< say it, and go on behind it
    stop,    ///< say it, and read nothing more
};

/// Which operations --type names.
struct OperationTypes {
    bool put = true;
    bool del = true;
    bool rangedel = true;
    bool merge = true;
    bool only_batches = false;  ///< only those that were written together with others
};

struct WalDumpOptions {
    std::vector<std::string> files{};
    WalDumpMode mode = WalDumpMode::records;
    Sequence from_sequence = 0;               ///< inclusive
    Sequence to_sequence = ~Sequence{0};      ///< exclusive
    std::optional<std::uint64_t> since_ms{};  ///< since 1970
    std::string prefix{};
    std::optional<Glob> match{};
    OperationTypes types{};
    std::uint64_t limit = 0;  ///< of records, or frames, over all files; 0: none
    std::uint64_t tail = 0;   ///< only so many at the end; 0: all
    bool durable_only = false;
    bool follow = false;
    std::optional<std::chrono::microseconds> until_idle{};
    OnError on_error = OnError::report;
    std::string extract_to{};
    bool offsets = false;
    bool strict = false;
    bool quiet = false;
    bool json = false;
    bool help = false;
    bool version = false;
    std::optional<OutputFormat> format{};
    OutputStyle style{};  ///< its format is set by resolve_style()
    ColorWhen color = ColorWhen::automatic;
    std::vector<std::string> modes{};  ///< options given that choose a mode

    /// Whether only some records are wanted.
    [[nodiscard]] bool filters_records() const noexcept;
};

/// Takes one option by the last of its names, without dashes. A prefix is read in the key format,
/// so that one must come first.
Status apply_wal_dump_option(WalDumpOptions& options, std::string_view name,
                             std::string_view value);

/// Takes the words that are no options, FILE..., and holds the options against each other.
Status apply_wal_dump_files(WalDumpOptions& options, std::vector<std::string> files);

/// The format and look of the output: a table on a terminal, TSV elsewhere, unless asked for.
void resolve_style(WalDumpOptions& options, int descriptor);

/// The text of --help.
[[nodiscard]] std::string wal_dump_help();

}  // namespace strata::tools
