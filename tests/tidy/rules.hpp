// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tidy/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The rules of the house as pure functions over text: each returns what offends it, nothing when
/// all is well.
namespace strata::tidy {

inline constexpr int file_lines_max = 600;
inline constexpr int function_lines_max = 70;
inline constexpr int columns_max = 100;

struct Offence {
    std::string path{};
    int line = 0;  ///< from 1; 0 when the file as a whole offends
    std::string message{};
};
using Offences = std::vector<Offence>;

/// Files of at most 600 lines, lines of at most 100 columns (code points).
[[nodiscard]] Offences check_sizes(const File& file);

/// Functions of at most 70 lines, from the first line of their declaration to their last brace.
/// Found by braces and by what stands before them, which holds for code in the style of the house.
[[nodiscard]] Offences check_functions(const File& file);

/// Every file of code opens with its licence, a header goes on with #pragma once, a test with what
/// it proves.
[[nodiscard]] Offences check_opening(const File& file);

/// No unfinished work, no word that the house does not use, no path of somebody's machine.
[[nodiscard]] Offences check_words(const File& file);

/// Who may include whom, as libstrata/layers.txt says, in the spelling of the house: <strata/x.hpp>
/// public, "layer/x.hpp" private, never relative, but for headers beside a test. A test of a layer
/// may include that layer and what lies below; other tests anything.
[[nodiscard]] Offences check_includes(const Tree& tree);

/// Every .cpp file and every manual page stands in the meson.build of its folder or of one above.
[[nodiscard]] Offences check_listed(const Tree& tree);

/// Every header is included by a file other than itself.
[[nodiscard]] Offences check_used(const Tree& tree);

/// libstrata/src/LAYER/UNIT.cpp has tests/LAYER/UNIT_test.cpp, or a line "LAYER/UNIT: FILE..." in
/// tests/tidy/units.txt that names the files which cover it.
[[nodiscard]] Offences check_units(const Tree& tree);

/// The top of the tree holds only what is meant to be there.
[[nodiscard]] Offences check_top(const std::vector<std::string>& names);

/// Options ("--from") in the help of a program that its manual page does not mention.
[[nodiscard]] Offences check_options(const File& page, std::string_view help);

/// Sections of a manual page ("# NAME") that say nothing.
[[nodiscard]] Offences check_sections(const File& page);

/// The text with comments, literals and preprocessor lines blanked out, line by line as before.
[[nodiscard]] std::string code_only(std::string_view text);

}  // namespace strata::tidy
