// SPDX-License-Identifier: Apache-2.0
#include "common/diagnostics.hpp"
#include "common/error.hpp"
#include "common/interrupt.hpp"
#include "common/output.hpp"
#include "common/terminal.hpp"
#include "wal_dump/options.hpp"
#include "wal_dump/program.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <strata/file_system.hpp>

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
    for (const WalDumpOption& option : wal_dump_options()) {
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

/// Formats come first: the prefix among the options is read in one.
Status apply_options(WalDumpOptions& options, const Given& given) {
    for (const bool formats : {true, false}) {
        for (const auto& [name, value] : given) {
            if (name.ends_with("format") == formats) {
                auto applied = apply_wal_dump_option(options, name, value);
                if (!applied) {
                    return at("--" + name, applied.take_error());
                }
            }
        }
    }
    return {};
}

Status parse(WalDumpOptions& options, int argc, char** argv) {
    CLI::App app;
    app.set_help_flag();
    Given given;
    std::vector<std::string> files;
    app.add_option("files", files);
    add_options(app, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return usage_error("{}; --help lists the options", error.what());
    }
    STRATA_TRY(apply_options(options, given));
    return apply_wal_dump_files(options, std::move(files));
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
    Diagnostics diagnostics{"strata-wal-dump", messages};
    WalDumpOptions options;
    const Status parsed = parse(options, argc, argv);
    diagnostics.set_json(options.json);
    diagnostics.set_quiet(options.quiet);
    if (!parsed) {
        return diagnostics.error(parsed.error());
    }
    resolve_style(options, STDOUT_FILENO);
    const int status = run_wal_dump(options, *posix_file_system(), output, diagnostics);
    output.flush();
    return output.failed() ? output_failure(diagnostics, output.failure()) : status;
}

}  // namespace
}  // namespace strata::tools

int main(int argc, char** argv) { return strata::tools::run(argc, argv); }
