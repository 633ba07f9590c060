// SPDX-License-Identifier: Apache-2.0
#include "tidy/rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace strata::tidy {
namespace {

constexpr std::string_view layers_path = "libstrata/layers.txt";
constexpr std::string_view units_path = "tests/tidy/units.txt";
constexpr std::string_view public_root = "libstrata/include/";
constexpr std::string_view private_root = "libstrata/src/";

/// "NAME: word word" lines of a text, without comments.
struct Line {
    int number = 0;
    std::string name{};
    std::vector<std::string> words{};
};

std::vector<Line> named_lines(std::string_view text) {
    std::vector<Line> lines;
    int number = 0;
    for (const std::string_view line : lines_of(text)) {
        ++number;
        const std::size_t colon = line.find(':');
        if (!line.starts_with('#') && colon != std::string_view::npos) {
            lines.push_back({number, std::string{trimmed(line.substr(0, colon))},
                             words_of(line.substr(colon + 1))});
        }
    }
    return lines;
}

struct Include {
    int line = 0;
    bool quoted = false;
    std::string spelling{};
};

std::vector<Include> includes_of(const File& file) {
    constexpr std::string_view directive = "#include ";
    std::vector<Include> includes;
    int number = 0;
    for (const std::string_view line : lines_of(file.text)) {
        ++number;
        if (!line.starts_with(directive) || line.size() < directive.size() + 2) {
            continue;
        }
        const std::string_view rest = line.substr(directive.size());
        const std::size_t end = rest.find(rest[0] == '"' ? '"' : '>', 1);
        if (end != std::string_view::npos) {
            includes.push_back({number, rest[0] == '"', std::string{rest.substr(1, end - 1)}});
        }
    }
    return includes;
}

/// The file that an include means; null for headers of other projects. A test may name a header
/// that stands beside it.
const File* resolve(const Tree& tree, const File& from, const Include& include) {
    if (from.path.starts_with("tests/") && include.spelling.find('/') == std::string::npos) {
        return find_file(tree, std::string{directory_of(from.path)} + "/" + include.spelling);
    }
    constexpr std::array<std::string_view, 4> roots = {public_root, private_root, "tools/",
                                                       "tests/"};
    for (const std::string_view root : roots) {
        if (const File* file = find_file(tree, std::string{root} + include.spelling)) {
            return file;
        }
    }
    return nullptr;
}

/// "api", a layer, "tools/NAME" or "tests/NAME"; the same words as in layers.txt.
std::string area_of(std::string_view path) {
    if (path.starts_with(public_root)) {
        return "api";
    }
    const std::string_view directory = directory_of(path);
    const std::size_t skip = path.starts_with(private_root) ? private_root.size() : 0;
    const std::string_view from = directory.substr(std::min(skip, directory.size()));
    const std::size_t first = std::min(from.find('/'), from.size());
    const std::size_t end = skip != 0 ? first : std::min(from.find('/', first + 1), from.size());
    return std::string{from.substr(0, end)};
}

using Layers = std::map<std::string, std::set<std::string>>;

Layers read_layers(const Tree& tree) {
    Layers layers = {{"api", {}}};
    if (const File* file = find_file(tree, layers_path)) {
        for (const Line& line : named_lines(file->text)) {
            layers[line.name].insert(line.words.begin(), line.words.end());
        }
    }
    return layers;
}

/// Whether `from` may include `target`, which is another area.
bool permitted(const Layers& layers, const std::string& from, const std::string& target) {
    constexpr std::string_view tests = "tests/";
    if (target == "api") {
        return true;
    }
    if (!from.starts_with(tests)) {
        return layers.at(from).contains(target);
    }
    // What the tests of a layer share is as low as that layer.
    const std::string tested = from.substr(tests.size());
    const std::string used = target.starts_with(tests) ? target.substr(tests.size()) : target;
    const auto rule = layers.find(tested);
    return rule == layers.end() || used == tested || used == "support" ||
           rule->second.contains(used);
}

/// What is wrong with one include, or nothing.
std::string judge(const Tree& tree, const Layers& layers, const File& file,
                  const Include& include) {
    const File* target = resolve(tree, file, include);
    if (target == nullptr) {
        return include.quoted ? "no such header, or spelled relative to this file" : "";
    }
    const std::string from = area_of(file.path);
    const std::string to = area_of(target->path);
    if (include.quoted == (to == "api")) {
        return "public headers are spelled <strata/x.hpp>, private ones \"layer/x.hpp\"";
    }
    if (from != to && !permitted(layers, from, to)) {
        return from + " may not include " + to + " (libstrata/layers.txt)";
    }
    return "";
}

/// Whether a build file names a source: whole, or as 'name' + '_rest.cpp' inside a loop.
bool lists(std::string_view build, std::string_view source) {
    const auto quotes = [&](std::string_view text) {
        return build.find("'" + std::string{text} + "'") != std::string_view::npos;
    };
    const std::size_t cut = std::min(source.find('_'), source.size());
    return quotes(source) ||
           (cut > 0 && quotes(source.substr(0, cut)) && quotes(source.substr(cut)));
}

}  // namespace

Offences check_includes(const Tree& tree) {
    const Layers layers = read_layers(tree);
    Offences offences;
    for (const File& file : tree) {
        const std::string area = area_of(file.path);
        if (!is_source(file.path)) {
            continue;
        }
        if (!area.starts_with("tests/") && !layers.contains(area)) {
            offences.push_back({file.path, 0, "layers.txt does not know " + area});
            continue;
        }
        for (const Include& include : includes_of(file)) {
            const std::string wrong = judge(tree, layers, file, include);
            if (!wrong.empty()) {
                offences.push_back({file.path, include.line, include.spelling + ": " + wrong});
            }
        }
    }
    return offences;
}

Offences check_listed(const Tree& tree) {
    Offences offences;
    for (const File& file : tree) {
        bool listed = !file.path.ends_with(".cpp") && !file.path.ends_with(".scd");
        std::string_view directory = directory_of(file.path);
        for (; !listed && !directory.empty(); directory = directory_of(directory)) {
            const File* build = find_file(tree, std::string{directory} + "/meson.build");
            const std::string_view path = file.path;
            listed = build != nullptr && lists(build->text, path.substr(directory.size() + 1));
        }
        if (!listed) {
            offences.push_back({file.path, 0, "no meson.build lists it"});
        }
    }
    return offences;
}

Offences check_used(const Tree& tree) {
    std::set<std::string> used;
    for (const File& file : tree) {
        for (const Include& include : includes_of(file)) {
            const File* target = resolve(tree, file, include);
            if (target != nullptr && target != &file) {
                used.insert(target->path);
            }
        }
    }
    Offences offences;
    for (const File& file : tree) {
        if (is_header(file.path) && !used.contains(file.path)) {
            offences.push_back({file.path, 0, "nobody includes it"});
        }
    }
    return offences;
}

Offences check_units(const Tree& tree) {
    Offences offences;
    std::set<std::string> excused;
    const File* units = find_file(tree, units_path);
    for (const Line& line : named_lines(units == nullptr ? "" : units->text)) {
        excused.insert(line.name);
        const bool unit =
            find_file(tree, std::string{private_root} + line.name + ".cpp") != nullptr;
        const auto exists = [&](const std::string& path) {
            return find_file(tree, path) != nullptr;
        };
        if (!unit) {
            offences.push_back({std::string{units_path}, line.number, "no unit " + line.name});
        } else if (line.words.empty() || !std::ranges::all_of(line.words, exists)) {
            offences.push_back({std::string{units_path}, line.number,
                                "name the test files that cover " + line.name});
        }
    }
    for (const File& file : tree) {
        if (!file.path.starts_with(private_root) || !file.path.ends_with(".cpp")) {
            continue;
        }
        const std::string unit =
            file.path.substr(private_root.size(), file.path.size() - private_root.size() - 4);
        if (find_file(tree, "tests/" + unit + "_test.cpp") == nullptr && !excused.contains(unit)) {
            offences.push_back({file.path, 0, "no test tests/" + unit + "_test.cpp"});
        }
    }
    return offences;
}

}  // namespace strata::tidy
