// SPDX-License-Identifier: Apache-2.0
#include "tidy/tree.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace strata::tidy {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// Whether a directory belongs to somebody else: a build, a store, git, an editor.
bool foreign(std::string_view path) {
    return path == "build" || path.starts_with("build-") || path == "strata-data" ||
           (path.starts_with('.') && path != ".ci");
}

bool is_text(std::string_view path) {
    constexpr std::array<std::string_view, 8> endings = {".cpp", ".hpp", ".in",  ".md",
                                                         ".scd", ".sh",  ".txt", ".build"};
    const auto matches = [&](std::string_view ending) { return path.ends_with(ending); };
    return std::ranges::any_of(endings, matches) || is_script(path) || path.starts_with(".clang") ||
           path == ".gitignore";
}

}  // namespace

std::string read_text(const std::string& path) {
    std::ifstream stream{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

Tree load_tree(const std::string& top) {
    Tree tree;
    namespace fs = std::filesystem;
    for (fs::recursive_directory_iterator at{top}, end; at != end; ++at) {
        const std::string path = at->path().lexically_relative(top).generic_string();
        if (at->is_directory()) {
            if (at.depth() == 0 && foreign(path)) {
                at.disable_recursion_pending();
            }
            continue;
        }
        tree.push_back({path, is_text(path) ? read_text(at->path().string()) : std::string{}});
    }
    std::ranges::sort(tree, {}, &File::path);
    return tree;
}

const File* find_file(const Tree& tree, std::string_view path) {
    const auto found = std::ranges::lower_bound(tree, path, {}, &File::path);
    return found == tree.end() || found->path != path ? nullptr : &*found;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        const std::size_t end = std::min(text.find_first_of(blanks), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string_view directory_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_header(std::string_view path) { return path.ends_with(".hpp"); }

bool is_source(std::string_view path) { return is_header(path) || path.ends_with(".cpp"); }

bool is_script(std::string_view path) {
    return path.ends_with(".sh") || path.ends_with("/run") || path.ends_with(".py");
}

bool is_build_file(std::string_view path) {
    return name_of(path) == "meson.build" || path == "meson_options.txt";
}

}  // namespace strata::tidy
