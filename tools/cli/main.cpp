// SPDX-License-Identifier: Apache-2.0
#include "cli/command_table.hpp"
#include "cli/program.hpp"
#include "common/diagnostics.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::tools {
namespace {

// Gives CLI11 every option of a table.
void add_options(CLI::App& app, std::span<const OptionSpec> specs, ProgramOptions& options,
                 Status& status) {
    for (const OptionSpec& spec : specs) {
        std::string names = spec.letter != 0 ? fmt::format("-{},--", spec.letter) : "--";
        names += spec.name;
        const auto apply = [&options, &status, &spec](const std::string& value) {
            auto applied = apply_program_option(options, spec.name, value);
            if (!applied && status) {
                status = at("--" + std::string{spec.name}, applied.take_error());
            }
        };
        if (spec.takes == Takes::nothing) {
            app.add_flag_callback(names, [apply] { apply({}); });
        } else {
            app.add_option_function<std::vector<std::string>>(
                   names,
                   [apply](const std::vector<std::string>& values) {
                       std::for_each(values.begin(), values.end(), apply);
                   })
                ->expected(1)
                ->take_all()
                ->allow_extra_args(false);
        }
    }
}

// Takes options off the front; what is left begins with the first word that is none.
Result<std::vector<std::string>> parse_options(ProgramOptions& options,
                                               const std::vector<std::string>& arguments) {
    CLI::App app;
    app.set_help_flag();
    app.prefix_command();
    Status status;
    add_options(app, program_options(), options, status);
    add_options(app, shared_options(), options, status);
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        app.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        return usage_error("{}", error.what());
    }
    STRATA_TRY(std::move(status));
    std::vector<std::string> rest = app.remaining();
    if (!rest.empty() && rest.front() == "--") {
        rest.erase(rest.begin());
        return rest;
    }
    if (!rest.empty() && rest.front().size() > 1 && rest.front().front() == '-') {
        return usage_error("unknown option \"{}\"; --help lists them", escaped(rest.front()));
    }
    return rest;
}

}  // namespace
}  // namespace strata::tools

int main(int argc, char** argv) {
    using namespace strata::tools;
    ProgramOptions options;
    const std::vector<std::string> words(argv + 1, argv + argc);
    const ArgumentSplitter splitter{options, parse_options};
    const auto arguments = splitter.split(words);
    if (!arguments) {
        Output messages{STDERR_FILENO};
        Diagnostics diagnostics{"strata-cli", messages};
        diagnostics.set_json(options.settings.json_words);
        return diagnostics.error(arguments.error());
    }
    return run_program(options, *arguments);
}
