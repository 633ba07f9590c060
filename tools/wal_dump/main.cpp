// SPDX-License-Identifier: Apache-2.0
#include "common/command_words.hpp"
#include "common/diagnostics.hpp"
#include "common/error.hpp"
#include "common/interrupt.hpp"
#include "common/output.hpp"
#include "common/program_end.hpp"
#include "common/terminal.hpp"
#include "wal_dump/options.hpp"
#include "wal_dump/program.hpp"

#include <unistd.h>
#include <strata/file_system.hpp>

#include <csignal>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

Status parse(WalDumpOptions& options, int argc, char** argv) {
    CommandWords given = STRATA_TRY(parse_command_line(wal_dump_options(), argc, argv));
    STRATA_TRY(apply_formats_first(given, [&](const std::string& name, const std::string& value) {
        return apply_wal_dump_option(options, name, value);
    }));
    return apply_wal_dump_files(options, std::move(given.words));
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
    return end_program(output, diagnostics, status);
}

}  // namespace
}  // namespace strata::tools

int main(int argc, char** argv) { return strata::tools::run(argc, argv); }
