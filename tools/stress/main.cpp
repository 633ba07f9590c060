// SPDX-License-Identifier: Apache-2.0
#include "common/diagnostics.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/output.hpp"
#include "common/terminal.hpp"
#include "stress/options.hpp"
#include "stress/program.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

using Given = std::vector<std::pair<std::string, std::string>>;

/// Gives the parser every option; those it meets come into `given`, name and value.
void add_options(CLI::App& app, Given& given) {
    for (const StressOption& option : stress_options()) {
        const std::string names{option.names};
        const std::string name = names.substr(names.rfind("--") + 2);
        if (option.argument.empty()) {
            app.add_flag_callback(names, [&given, name] { given.emplace_back(name, ""); });
        } else {
            const auto add = [&given, name](const std::string& value) {
                given.emplace_back(name, value);
            };
            app.add_option_function<std::string>(names, add)->allow_extra_args(false);
        }
    }
}

Status parse(StressOptions& options, int argc, char** argv) {
    CLI::App app;
    app.set_help_flag();
    Given given;
    std::vector<std::string> words;
    app.add_option("words", words);
    add_options(app, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return usage_error("{}; --help lists the options", error.what());
    }
    for (const auto& [name, value] : given) {
        auto applied = apply_stress_option(options, name, value);
        if (!applied) {
            return at("--" + name, applied.take_error());
        }
    }
    return apply_stress_words(options, words);
}

/// A reader that has gone is no error: the program ends as the signal would have ended it.
int output_failure(Diagnostics& diagnostics, int cause) {
    if (cause == EPIPE) {
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
    }
    errno = cause;
    return diagnostics.error(system_error("standard output", "write"));
}

int run(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    use_utf8_locale();
    handle_interrupt(InterruptMode::stop_work);
    Output output{STDOUT_FILENO};
    Output messages{STDERR_FILENO};
    Diagnostics diagnostics{"strata-stress", messages};
    StressOptions options;
    const Status parsed = parse(options, argc, argv);
    diagnostics.set_json(options.json);
    diagnostics.set_quiet(options.quiet);
    if (!parsed) {
        return diagnostics.error(parsed.error());
    }
    const int status = run_stress(options, output, diagnostics);
    output.flush();
    return output.failed() ? output_failure(diagnostics, output.failure()) : status;
}

}  // namespace
}  // namespace strata::tools

int main(int argc, char** argv) { return strata::tools::run(argc, argv); }
