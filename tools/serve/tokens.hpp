// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/request.hpp"

#include <strata/result.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Who may do what, as a file says: a line "TOKEN SCOPE[:PREFIX]" each, with read, write or admin
/// for the scope. The prefix is in the text form of keys (\s is a space); empty lines, and those
/// that begin with #, say nothing.
namespace strata::tools {

inline constexpr std::size_t token_size_min = 8;  ///< bytes; shorter ones are guessed
inline constexpr std::size_t token_size_max = 1024;
inline constexpr std::size_t tokens_max = 1000;
inline constexpr std::size_t token_file_max = std::size_t{2} << 20;  ///< bytes

/// Immutable once it is made; any thread may ask.
class Tokens {
  public:
    /// `name` stands in front of messages, with the line's number.
    static Result<Tokens> parse(std::string_view text, const std::string& name);
    /// `warn` is told that others may read the file.
    static Result<Tokens> load(const std::string& path,
                               const std::function<void(const std::string&)>& warn);

    /// Whom the value of an Authorization field stands for, or null. How long that takes tells
    /// nothing of the tokens but how many there are. `hint`: where the last one was found.
    [[nodiscard]] const Identity* find(std::string_view authorization,
                                       std::size_t& hint) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        std::string token{};
        Identity identity{};
    };
    std::vector<Entry> entries_;
};

}  // namespace strata::tools
