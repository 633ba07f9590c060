// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/settings.hpp"

#include <strata/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The program behind its options: which store, which commands, and how it ends.
namespace strata::tools {

struct ProgramOptions {
    Settings settings{};
    std::vector<std::string> command_texts{};  ///< -c
    std::string script{};                      ///< -F
    std::string transcript{};                  ///< --check
    bool read_only = false;
    bool no_create = false;
    bool no_init = false;
    bool help = false;
    bool version = false;
    std::chrono::milliseconds wait_lock{0};
    std::string token_file{};
    std::optional<std::chrono::microseconds> timeout{};
    std::optional<bool> bail{};
    std::optional<std::uint64_t> repeat{};
    std::optional<std::chrono::microseconds> every{};
};

/// Gives an option of program_options() or shared_options() its value; ignored for flags.
Status apply_program_option(ProgramOptions& options, std::string_view name, std::string_view value);

/// What stands behind the options.
struct ProgramArguments {
    std::string store{};
    std::vector<std::string> words{};  ///< the command and its arguments; empty: none
};

/// The arguments from the first that is no option. A first word that is a command leaves the store
/// to $STRATA_STORE. Options may stand between store and command; parse() takes them off.
class ArgumentSplitter {
  public:
    using ParseOptions = Result<std::vector<std::string>> (*)(ProgramOptions&,
                                                              const std::vector<std::string>&);

    ArgumentSplitter(ProgramOptions& options, ParseOptions parse)
        : options_{options}, parse_{parse} {}
    Result<ProgramArguments> split(const std::vector<std::string>& arguments) const;

  private:
    ProgramOptions& options_;
    ParseOptions parse_;
};

/// Runs the program; the exit status.
int run_program(const ProgramOptions& options, const ProgramArguments& arguments);

}  // namespace strata::tools
