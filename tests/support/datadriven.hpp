// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Tests written as text. A file under testdata/ is a list of cases:
///
///     # Why this case exists.
///     keep deepest=true snapshots=(3 5)
///     a#5,del
///     a#3,put:x
///     ----
///     drop a#5,del
///     drop a#3,put:x
///
/// The first line is a command with arguments: `key=value`, `key=(a b c)`, or `key` alone. The
/// lines up to `----` are the input, blank ones included. The expected output follows, up to a
/// blank line or the end of the file. Output that itself contains a blank line stands between two
/// pairs of `----` lines. Lines that start with `#` before a command are comments; rewriting
/// keeps them, as it keeps everything but the output.
///
/// With STRATA_REWRITE set in the environment the actual output is written back to the file and
/// the program reports itself as skipped (exit code 77), never as passed.
namespace strata::test {

struct Argument {
    std::string key{};
    std::vector<std::string> values{};  ///< none for `key` alone and for `key=()`
};

class Case {
  public:
    std::string place{};    ///< "FILE:LINE" of the command
    int line = 0;           ///< line of the command, from 1
    std::string command{};  ///< first word of the command line
    std::string input{};    ///< lines between command and `----`, each with its newline
    std::string expected{};

    /// Whether the argument is given, with or without a value.
    [[nodiscard]] bool has(std::string_view key) const;
    /// The one value of an argument. Without exactly one value the test fails and ends here, unless
    /// a fallback is given and the argument is absent.
    [[nodiscard]] std::string one(std::string_view key) const;
    [[nodiscard]] std::string one(std::string_view key, std::string_view fallback) const;
    /// All values; empty when the argument is absent.
    [[nodiscard]] std::vector<std::string> many(std::string_view key) const;
    /// The one value as a decimal number.
    [[nodiscard]] std::uint64_t number(std::string_view key) const;
    [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t fallback) const;
    /// The input cut into lines, without their newlines.
    [[nodiscard]] std::vector<std::string> lines() const;

    std::vector<Argument> arguments{};
    std::string before{};  ///< comments and blank lines above, verbatim
    std::string head{};    ///< command line and input, verbatim

    /// Arguments that nobody asked for: a misspelt key must not pass in silence.
    [[nodiscard]] std::vector<std::string> unused() const;

  private:
    [[nodiscard]] const Argument* find(std::string_view key) const;
    mutable std::vector<std::string> asked_{};
};

/// Computes the output of one case. It may keep state from case to case, and it may use CHECK and
/// REQUIRE: what they print names the case. A missing newline at the end is added.
using Handler = std::function<std::string(const Case&)>;

struct CaseFile {
    std::vector<Case> cases{};
    std::string after{};  ///< comments behind the last case, verbatim
    std::string error{};  ///< "FILE:LINE: what is wrong"; empty when the text is well-formed
};

/// Pure: cuts the text of a file into cases.
[[nodiscard]] CaseFile parse_cases(const std::string& file, std::string_view text);

/// Whether an output (empty, or ending in a newline) reads back as itself: between pairs of `----`
/// lines there is no room for another pair, nor for a `----` line at the end.
[[nodiscard]] bool representable(std::string_view output);

/// Pure: the text of a file with representable `outputs`, one for each case, in the place
/// of the expected ones.
[[nodiscard]] std::string format_cases(const CaseFile& parsed,
                                       const std::vector<std::string>& outputs);

/// Runs every case of a file, named relative to testdata/ ("table/block.txt"), and reports each
/// difference at its file and line.
void run_cases(const std::string& name, const Handler& handler);

/// The directory testdata/ of the source tree.
[[nodiscard]] std::string testdata_path(std::string_view name);

/// Whether STRATA_REWRITE asks for expectations to be written anew.
[[nodiscard]] bool rewriting();

}  // namespace strata::test
