// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/error.hpp"

#include <CLI/CLI.hpp>
#include <strata/result.hpp>

#include <string>
#include <utility>
#include <vector>

namespace strata::tools {

/// What stands on a command line, in order.
struct CommandWords {
    std::vector<std::pair<std::string, std::string>> options{};  ///< long name and value, or ""
    std::vector<std::string> words{};                            ///< everything else
};

/// Splits a command line. `known`: the options, each with `names` as CLI11 wants them, the long one
/// last ("-q,--quiet"), and `argument`, which is empty for one without a value.
template <typename Options>
Result<CommandWords> parse_command_line(const Options& known, int argc, char** argv) {
    CommandWords given;
    CLI::App app;
    app.set_help_flag();
    app.add_option("words", given.words);
    for (const auto& option : known) {
        const std::string names{option.names};
        const std::string name = names.substr(names.rfind("--") + 2);
        if (option.argument.empty()) {
            app.add_flag_callback(names, [&given, name] { given.options.emplace_back(name, ""); });
        } else {
            const auto add = [&given, name](const std::string& value) {
                given.options.emplace_back(name, value);
            };
            app.add_option_function<std::string>(names, add)->allow_extra_args(false);
        }
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return usage_error("{}; --help lists the options", error.what());
    }
    return given;
}

/// Hands the options on to `apply(name, value)`, those that name a format before the others: keys
/// among the others are read in it.
template <typename Apply>
Status apply_formats_first(const CommandWords& given, Apply apply) {
    for (const bool formats : {true, false}) {
        for (const auto& [name, value] : given.options) {
            if (name.ends_with("format") == formats) {
                auto applied = apply(name, value);
                if (!applied) {
                    return at("--" + name, applied.take_error());
                }
            }
        }
    }
    return {};
}

}  // namespace strata::tools
