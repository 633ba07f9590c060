// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/output.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text in lines that break between words.
namespace strata::tools {

enum class LongWord {
    cut,    ///< into pieces that fit
    whole,  ///< in a line of its own, however long it is: a path can be copied from there
};

/// The lines of `text`, the first at most `width` columns wide and the others `later` (both at
/// least 1). The blank at which a line ends is left out; all else stands in the lines.
[[nodiscard]] std::vector<std::string> wrap_words(std::string_view text, std::size_t width,
                                                  std::size_t later, LongWord long_word);

/// Text for people, line by line, as it goes to `output`: where that is a terminal and a line is
/// longer than it is wide, the line goes on in others that stand in a little further. Else
/// unchanged.
[[nodiscard]] std::string for_terminal(const Output& output, std::string_view text);

}  // namespace strata::tools
