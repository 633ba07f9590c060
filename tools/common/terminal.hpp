// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

/// What a program must know of the terminal it talks to.
namespace strata::tools {

[[nodiscard]] bool is_terminal(int descriptor) noexcept;

struct TerminalSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};
/// Of the terminal behind a descriptor; the default when there is none.
[[nodiscard]] TerminalSize terminal_size(int descriptor) noexcept;

enum class ColorWhen : std::uint8_t { automatic, always, never };
Result<ColorWhen> parse_color_when(std::string_view word);

/// An answer to --color, else NO_COLOR, CLICOLOR_FORCE, TERM=dumb, else whether `descriptor` is a
/// terminal.
[[nodiscard]] bool use_color(ColorWhen when, int descriptor) noexcept;

/// The environment variable, or empty when it is unset.
[[nodiscard]] std::string environment(const char* name);

/// Sets the locale's character type, to C.UTF-8 where the environment names none that is UTF-8, so
/// that widths and line editing know UTF-8.
void use_utf8_locale() noexcept;

/// The pager to use: `choice` (--pager; "never" is none), else $STRATA_PAGER, else $PAGER, else
/// "less -FRX". Empty: none.
[[nodiscard]] std::string pager_command(const std::string& choice);

/// A shell command that runs beside the program, fed through a pipe.
class ChildPipe {
  public:
    /// Starts "sh -c COMMAND" with its input from the returned pipe; everything else is inherited.
    static Result<std::unique_ptr<ChildPipe>> start(const std::string& command);

    ChildPipe(const ChildPipe&) = delete;
    ChildPipe& operator=(const ChildPipe&) = delete;
    /// Closes the pipe and waits for the end of the command.
    ~ChildPipe() { finish(); }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// Closes the pipe, waits; the exit status of the command, as a shell would say it.
    int finish() noexcept;

  private:
    ChildPipe(int descriptor, int process) : descriptor_{descriptor}, process_{process} {}

    int descriptor_;
    int process_;
    int status_ = 0;
};

}  // namespace strata::tools
