// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"
#include "stress/verify_operation.hpp"

#include <strata/options.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// Operations as text: a transcript for `strata-cli -q STORE --check FILE`, and for
/// `strata-stress replay FILE`, which also does what strata-cli has no command for.
///
///     # anything
///     #: option memory=65536 memtable_size=512 ...
///     > put k v --sync none --json
///     {"seq":1}
///     > get k -q --json --meta
///     {"key":"k","value":"v","seq":1}
///
///     #: snapshot 1
///     #= {"seq":1}
///
/// A line with "> " is a command of strata-cli, and the lines behind it are what it prints. For
/// strata-cli lines with "#" between an empty line and a command are comments; here "#: " begins a
/// command and "#= " a line that it returns. Those commands: sync, reopen, kill, read-only PREFIX,
/// snapshot N, release N, require KEY absent|present|seq N|value V, and "in N COMMAND" for a read
/// in snapshot N.
namespace strata::tools {

/// One command and what it has to print.
struct ScriptStep {
    std::string command{};
    bool for_cli = true;  ///< strata-cli knows it
    std::vector<std::string> lines{};
};

/// A resolved operation as commands, each with the lines that `answer` gives. A batch of several
/// operations has one command for each, and one that commits.
[[nodiscard]] std::vector<ScriptStep> script_of(const Operation& operation, const Answer& answer);

/// What the last command of an operation prints.
[[nodiscard]] std::vector<std::string> answer_lines(const Operation& operation,
                                                    const Answer& answer);

/// Writes a script.
class ScriptWriter {
  public:
    explicit ScriptWriter(Output& output) : output_{output} {}

    /// A line for people; before the first step only.
    void comment(const std::string& text);
    void options(const Options& options);
    void step(const Operation& operation, const Answer& answer);

    /// True once an operation was written that strata-cli does not know.
    [[nodiscard]] bool beyond_cli() const noexcept { return beyond_cli_; }

  private:
    void write(const ScriptStep& step);

    Output& output_;
    bool in_comments_ = false;
    bool beyond_cli_ = false;
};

}  // namespace strata::tools
