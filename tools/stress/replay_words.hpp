// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/verify_operation.hpp"

#include <strata/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::tools {

/// The words of a command, and what was read of them.
class CommandWords {
  public:
    /// Splits at blanks outside of quotes.
    static Result<CommandWords> split(std::string_view command);

    [[nodiscard]] bool at_end() const noexcept { return next_ == words_.size(); }
    /// The next word as it is written; empty at the end.
    [[nodiscard]] std::string_view peek() const noexcept {
        return at_end() ? std::string_view{} : std::string_view{words_[next_]};
    }
    /// Takes the next word if it is this one.
    bool take(std::string_view word);
    /// Takes a word in text form.
    Result<std::string> bytes();
    Result<std::uint64_t> number();
    /// Takes a word as it is written.
    Result<std::string> plain();
    [[nodiscard]] Error unexpected() const;

  private:
    std::vector<std::string> words_{};
    std::size_t next_ = 0;
};

/// Reads of a command what it does: "put K V ...", "get K...", "scan ...", and so on. `batch` is
/// the batch that was begun; the result is empty while it is not committed.
Result<std::optional<Operation>> parse_command(std::string_view command,
                                               std::optional<Operation>& batch);

}  // namespace strata::tools
