// SPDX-License-Identifier: Apache-2.0
#include "common/command_words.hpp"
#include "common/diagnostics.hpp"
#include "common/error.hpp"
#include "common/output.hpp"
#include "common/program_end.hpp"
#include "common/terminal.hpp"
#include "serve/options.hpp"
#include "serve/program.hpp"

#include <malloc.h>
#include <unistd.h>

#include <csignal>

namespace strata::tools {
namespace {

/// Blocks of at least so many bytes go back to the system when they are freed.
constexpr int returned_block_min = 1 << 20;

Status parse(ServeOptions& options, int argc, char** argv) {
    const CommandWords given = STRATA_TRY(parse_command_line(serve_options(), argc, argv));
    // How messages look is known before the first of them.
    for (const auto& [name, value] : given.options) {
        options.json = options.json || name == "json";
    }
    for (const auto& [name, value] : given.options) {
        auto applied = apply_serve_option(options, name, value);
        if (!applied) {
            return at("--" + name, applied.take_error());
        }
    }
    return apply_serve_words(options, given.words, environment("STRATA_STORE"));
}

int run(int argc, char** argv) {
    // The allocator raises this limit to the largest block ever freed; then what large bodies leave
    // behind is neither given back nor of use to others, and a few of them double our memory.
    mallopt(M_MMAP_THRESHOLD, returned_block_min);
    std::signal(SIGPIPE, SIG_IGN);
    use_utf8_locale();
    Output output{STDOUT_FILENO};
    Output messages{STDERR_FILENO};
    Diagnostics diagnostics{"strata-serve", messages};
    ServeOptions options;
    const Status parsed = parse(options, argc, argv);
    diagnostics.set_json(options.json);
    diagnostics.set_quiet(options.quiet);
    if (!parsed) {
        return diagnostics.error(parsed.error());
    }
    const int status = run_serve(options, output, diagnostics);
    return end_program(output, diagnostics, status);
}

}  // namespace
}  // namespace strata::tools

int main(int argc, char** argv) { return strata::tools::run(argc, argv); }
