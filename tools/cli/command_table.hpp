// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of commands. The parser, --help, the hints and completion of the interactive
/// shell, shell completion and the check of the manual page are all made from it.
namespace strata::tools {

class Session;
class Invocation;

/// What an argument or option takes: it decides how it is parsed and completed.
enum class Takes : std::uint8_t {
    nothing,  ///< a flag
    text,
    key,    ///< in the key format
    value,  ///< in the value format, or @FILE, or - for standard input
    glob,
    number,
    duration,
    file,
    choice,   ///< one of OptionSpec::choices
    command,  ///< the name of a command or topic
};

struct OptionSpec {
    std::string_view name;  ///< without dashes
    char letter = 0;        ///< of the short form, or 0
    Takes takes = Takes::nothing;
    std::string_view metavar{};  ///< of the value in help
    std::string_view help{};
    std::string_view choices{};  ///< separated by |
};

struct ArgumentSpec {
    std::string_view name;
    Takes takes = Takes::text;
    bool required = false;
    bool repeated = false;
    std::string_view help{};
    std::string_view choices{};
};

enum class Access : std::uint8_t {
    none,   ///< works without a store
    read,   ///< opens a store for reading, and never creates one
    write,  ///< opens a store for writing, and creates it
    check,  ///< reads the files of a store, also of one that does not open
    files,  ///< the same, but never opens the store: nobody may have it open
};

/// Where a command may stand.
enum class Where : std::uint8_t {
    anywhere,
    script,  ///< a script or the interactive shell, not the program's arguments
    shell,   ///< the interactive shell and scripts; about the shell, never about data
};

struct CommandSpec {
    std::string_view name;
    std::string_view alias{};
    std::string_view summary{};
    std::string_view details{};  ///< further sentences for its help
    std::span<const ArgumentSpec> arguments{};
    std::span<const OptionSpec> options{};
    Access access = Access::none;
    Where where = Where::anywhere;
    bool takes_range = false;  ///< the options of range_options() too
    bool sensitive = false;    ///< its lines are not kept in the history file
    /// Runs it: the exit status, or an error that is printed.
    Result<int> (*run)(Session&, const Invocation&) = nullptr;
};

/// In the order of help: data, batches, transfer, facts, care, the shell itself.
[[nodiscard]] std::span<const CommandSpec> commands() noexcept;

/// --from --to --after --prefix --match --reverse --limit.
[[nodiscard]] std::span<const OptionSpec> range_options() noexcept;
/// Those that stand before or behind any command: apply_setting().
[[nodiscard]] std::span<const OptionSpec> shared_options() noexcept;
/// Those that stand before the command only.
[[nodiscard]] std::span<const OptionSpec> program_options() noexcept;

/// By name or alias; null when there is none.
[[nodiscard]] const CommandSpec* find_command(std::string_view name) noexcept;

/// Every option that may stand behind the command.
[[nodiscard]] std::vector<const OptionSpec*> options_of(const CommandSpec& command);

/// "scan [PREFIX] [--from KEY] ...", its own options only.
[[nodiscard]] std::string syntax_of(const CommandSpec& command);
/// "-f, --format FMT".
[[nodiscard]] std::string syntax_of(const OptionSpec& option);

/// The nearest of `candidates` by edit distance, when it is near enough to be meant; else empty.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

/// "unknown command "gte"; did you mean get?"
[[nodiscard]] Error unknown_command(std::string_view name);

}  // namespace strata::tools
