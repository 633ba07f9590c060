// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command_line.hpp"
#include "cli/command_table.hpp"
#include "cli/settings.hpp"
#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "common/terminal.hpp"

#include <strata/store.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What lasts from one command to the next: the store, the settings, where output goes, an open
/// transaction. It runs commands and prints their errors.
namespace strata::tools {

enum class Mode : std::uint8_t {
    one_shot,     ///< the command is the program's arguments
    script,       ///< commands from a file, -c, or standard input
    interactive,  ///< a person at a terminal
};

struct SessionOptions {
    std::string store_name{};
    Settings settings{};
    Mode mode = Mode::one_shot;
    bool read_only = false;
    bool no_create = false;
    bool input_is_script = false;  ///< commands come from standard input, so values cannot
    bool bail = true;
    std::chrono::milliseconds wait_lock{0};
    std::string token_file{};  ///< for stores behind a server; empty: $STRATA_TOKEN
};

/// How a script or the shell ended; 0 to 255 from .quit.
struct QuitRequest {
    int status = 0;
};

class Session {
  public:
    Session(SessionOptions options, Output& output, Diagnostics& diagnostics);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Runs one command, prints its error if any (behind `place`, when there is one), and returns
    /// its exit status.
    int execute(const CommandText& command, const std::string& place = {});
    /// Runs every command of a text; the status of the first failure, where a negative answer (1)
    /// counts less than an error. Stops at an error when bail() is on.
    int execute_all(const std::vector<CommandText>& commands, const std::string& place = {});

    /// Closes the store, which makes everything durable. An error is printed; the exit status.
    int close();

    /// Opens the store as `access` needs, if it is not open yet. A store that does not exist is
    /// created only for writing, and if `may_create`.
    Status open_store(Access access, bool may_create = true);
    /// Closes the store and uses another one from now on.
    Status change_store(std::string name);
    [[nodiscard]] bool is_open() const noexcept { return store_ != nullptr; }
    /// Only while is_open().
    [[nodiscard]] Store& store() noexcept { return *store_; }
    [[nodiscard]] const std::string& store_name() const noexcept { return options_.store_name; }
    [[nodiscard]] bool read_only() const noexcept { return options_.read_only; }
    /// Opens the store `name` for reading, beside this session's own.
    Result<std::unique_ptr<Store>> open_other(const std::string& name) const;

    /// Writes a batch as the command's settings say; under --dry-run checks only, and returns 0.
    Result<Sequence> write(const Settings& settings, const Batch& batch);
    /// The batch that gathers writes since begin, or null.
    [[nodiscard]] Batch* transaction() noexcept { return transaction_ ? &*transaction_ : nullptr; }
    void begin() { transaction_.emplace(); }
    void end_transaction() { transaction_.reset(); }

    [[nodiscard]] Output& output() noexcept { return *output_; }
    [[nodiscard]] Diagnostics& diagnostics() noexcept { return diagnostics_; }
    [[nodiscard]] Mode mode() const noexcept { return options_.mode; }
    [[nodiscard]] bool input_is_script() const noexcept { return options_.input_is_script; }
    [[nodiscard]] Settings& settings() noexcept { return options_.settings; }
    [[nodiscard]] bool bail() const noexcept { return options_.bail; }
    void set_bail(bool bail) noexcept { options_.bail = bail; }

    /// Sends results and messages elsewhere, and returns where they went.
    Output& swap_output(Output& output) noexcept {
        Output& before = *output_;
        output_ = &output;
        return before;
    }

    /// Prints a line on standard error once the command's output is complete.
    void print_after(std::string line) { after_ = std::move(line); }

    /// Sends output to "FILE" or "|CMD" from now on; empty: back. `once`: for the next command.
    Status redirect(const std::string& destination, bool once);
    [[nodiscard]] const std::string& destination() const noexcept { return destination_; }

    void quit(int status) { quit_ = QuitRequest{status}; }
    [[nodiscard]] const std::optional<QuitRequest>& quit_request() const noexcept { return quit_; }

    /// The last lines of the interactive shell, given by it; empty function elsewhere.
    std::function<std::vector<std::string>(std::size_t count)> history{};

    /// How deep .read is nested.
    std::size_t script_depth = 0;

  private:
    // Where one command's output goes instead of standard output.
    class Target;

    Result<int> run(const CommandText& command);
    Result<int> run_with_output(const CommandSpec& spec, const Invocation& invocation,
                                const Redirection& redirection);
    Result<int> run_paged(const CommandSpec& spec, const Invocation& invocation);
    Result<std::unique_ptr<Target>> open_target(const Redirection& redirection) const;
    Status open_remote();
    void report_opening();

    SessionOptions options_;
    Output* output_;
    Diagnostics& diagnostics_;
    std::unique_ptr<Store> store_;
    std::optional<Batch> transaction_;
    std::optional<QuitRequest> quit_;
    std::string after_;
    std::string destination_;
    std::shared_ptr<Target> target_;  // of .output; a command that replaces it still holds it
    std::optional<Redirection> once_;
};

/// Gathers everything that a session prints, results and messages, while it exists.
class OutputSwap {
  public:
    OutputSwap(Session& session, Output& output)
        : session_{session},
          results_{session.swap_output(output)},
          messages_{session.diagnostics().output()} {
        session_.diagnostics().redirect(output);
    }
    OutputSwap(const OutputSwap&) = delete;
    OutputSwap& operator=(const OutputSwap&) = delete;
    ~OutputSwap() {
        session_.swap_output(results_);
        session_.diagnostics().redirect(messages_);
    }

  private:
    Session& session_;
    Output& results_;
    Output& messages_;
};

/// "|CMD" or "FILE" as a redirection.
[[nodiscard]] Redirection parse_destination(const std::string& destination);

/// A directory for "DIR" or "lsm:DIR", else empty.
[[nodiscard]] std::string directory_of(const std::string& store_name);

}  // namespace strata::tools
