// SPDX-License-Identifier: Apache-2.0
#include "cli/command_table.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"

#include <algorithm>
#include <numeric>

namespace strata::tools {
namespace {

// Number of insertions, deletions, replacements and swaps of neighbours between two short words.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = above;
        above = row;
    }
    return above.back();
}

void append_argument(std::string& out, const ArgumentSpec& argument) {
    out += argument.required ? " " : " [";
    out += argument.takes == Takes::choice ? argument.choices : argument.name;
    out += argument.repeated ? "..." : "";
    out += argument.required ? "" : "]";
}

}  // namespace

const CommandSpec* find_command(std::string_view name) noexcept {
    const auto all = commands();
    const auto found = std::find_if(all.begin(), all.end(), [name](const CommandSpec& command) {
        return command.name == name || (!command.alias.empty() && command.alias == name);
    });
    return found == all.end() ? nullptr : &*found;
}

std::vector<const OptionSpec*> options_of(const CommandSpec& command) {
    std::vector<const OptionSpec*> options;
    const auto add = [&options](std::span<const OptionSpec> more) {
        for (const OptionSpec& option : more) {
            options.push_back(&option);
        }
    };
    add(command.options);
    if (command.takes_range) {
        add(range_options());
    }
    if (command.where != Where::shell) {
        add(shared_options());
    }
    return options;
}

std::string syntax_of(const CommandSpec& command) {
    std::string text{command.name};
    for (const ArgumentSpec& argument : command.arguments) {
        append_argument(text, argument);
    }
    for (const OptionSpec& option : command.options) {
        text += " [--";
        text += option.name;
        if (option.takes != Takes::nothing) {
            text += ' ';
            text += option.metavar;
        }
        text += ']';
    }
    text += command.takes_range ? " [RANGE OPTIONS]" : "";
    return text;
}

std::string syntax_of(const OptionSpec& option) {
    std::string text = option.letter != 0 ? fmt::format("-{}, --", option.letter) : "    --";
    text += option.name;
    if (option.takes != Takes::nothing) {
        text += ' ';
        text += option.metavar;
    }
    return text;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    constexpr std::size_t word_max = 32;
    if (word.size() > word_max) {
        return {};
    }
    std::string_view best;
    std::size_t least = std::max<std::size_t>(word.size() / 3, 1);
    for (const std::string_view candidate : candidates) {
        const std::size_t steps = distance(word, candidate);
        const bool begins = word.size() >= 2 && candidate.starts_with(word);
        if (steps < least || (steps == least && best.empty()) || (begins && best.empty())) {
            least = std::min(least, steps);
            best = candidate;
        }
    }
    return best;
}

Error unknown_command(std::string_view name) {
    std::vector<std::string_view> names;
    for (const CommandSpec& command : commands()) {
        names.push_back(command.name);
        if (!command.alias.empty()) {
            names.push_back(command.alias);
        }
    }
    const std::string_view near = nearest(name, names);
    constexpr std::size_t shown_max = 40;
    if (near.empty()) {
        return usage_error("unknown command \"{}\"; \"help\" lists them",
                           escaped(name.substr(0, shown_max)));
    }
    return usage_error("unknown command \"{}\"; did you mean {}?", escaped(name), near);
}

}  // namespace strata::tools
