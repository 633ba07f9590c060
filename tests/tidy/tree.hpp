// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The source tree as text, which is all that the rules of the house look at.
namespace strata::tidy {

struct File {
    std::string path{};  ///< relative to the top of the tree, with slashes
    std::string text{};  ///< empty for files that are not text
};

/// Sorted by path. Build directories, stores and what git keeps for itself are left out.
using Tree = std::vector<File>;

[[nodiscard]] Tree load_tree(const std::string& top);
[[nodiscard]] std::string read_text(const std::string& path);

/// Null when the tree has no such file.
[[nodiscard]] const File* find_file(const Tree& tree, std::string_view path);

/// Lines without their newlines.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
/// The text between spaces and tabs.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// "libstrata/src/io" of "libstrata/src/io/file.cpp"; empty for a file at the top.
[[nodiscard]] std::string_view directory_of(std::string_view path);
[[nodiscard]] std::string_view name_of(std::string_view path);

[[nodiscard]] bool is_header(std::string_view path);
[[nodiscard]] bool is_source(std::string_view path);  ///< .cpp or .hpp
[[nodiscard]] bool is_script(std::string_view path);
[[nodiscard]] bool is_build_file(std::string_view path);

}  // namespace strata::tidy
