// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_line.hpp"
#include "cli/command_table.hpp"
#include "cli/settings.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One command with its arguments and options, matched against the table. Errors name the command,
/// the argument and the column.
namespace strata::tools {

class Invocation {
  public:
    /// `words` begin behind the command's name. Shared options behind the command change
    /// `settings` for it.
    static Result<Invocation> parse(const CommandSpec& command, const std::vector<Word>& words,
                                    Settings settings);

    [[nodiscard]] const CommandSpec& command() const noexcept { return *command_; }
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

    [[nodiscard]] const std::vector<Word>& arguments() const noexcept { return arguments_; }
    /// The text of an argument; empty when it was not given.
    [[nodiscard]] std::string argument(std::size_t index) const;
    [[nodiscard]] bool has(std::string_view option) const { return find(option) != nullptr; }
    /// The text of an option's value; empty when it was not given.
    [[nodiscard]] std::optional<std::string> text(std::string_view option) const;

    Result<std::string> key(const Word& word) const;
    /// Bytes of a value as written, not @FILE or -.
    Result<std::string> value(const Word& word) const;
    Result<std::optional<std::string>> key_option(std::string_view option) const;
    Result<std::optional<std::uint64_t>> number_option(std::string_view option) const;
    Result<std::optional<std::chrono::microseconds>> duration_option(std::string_view option) const;
    [[nodiscard]] const Word* find(std::string_view option) const;

    /// An error in a word, named as it is called in the syntax.
    [[nodiscard]] Error bad(std::string_view name, const Word& word, Error error) const;

  private:
    Status take_option(const std::vector<Word>& words, std::size_t& at);
    Status check_arguments() const;
    [[nodiscard]] const OptionSpec* find_spec(std::string_view name, char letter) const;
    [[nodiscard]] Error unknown_option(const Word& word) const;
    Status set_option(const OptionSpec& spec, Word value);
    Result<std::string> bytes(ByteFormat format, std::string_view name, const Word& word) const;

    const CommandSpec* command_ = nullptr;
    Settings settings_;
    std::vector<Word> arguments_;
    std::vector<std::pair<const OptionSpec*, Word>> options_;
};

}  // namespace strata::tools
