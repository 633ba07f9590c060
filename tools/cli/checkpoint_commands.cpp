// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace strata::tools {
namespace {

void print_report(Session& session, const Settings& settings, const std::string& directory,
                  const CheckpointReport& report) {
    const OutputStyle style = settings.style(session.output(), false);
    if (is_json(style.format)) {
        print_facts(session.output(), style,
                    {{"directory", directory},
                     {"last_sequence", SequenceCell{report.last_sequence}},
                     {"tables", report.tables},
                     {"tables_linked", report.tables_linked},
                     {"segments", report.segments},
                     {"bytes_linked", Size{report.bytes_linked}},
                     {"bytes_copied", Size{report.bytes_copied}},
                     {"microseconds", report.microseconds}});
        return;
    }
    const std::chrono::microseconds time{static_cast<std::int64_t>(report.microseconds)};
    session.output().write(fmt::format(
        "{}: sequence {}, {} ({} linked), {} of log, {} copied in {}\n", directory,
        report.last_sequence, count_of(report.tables, "table"), report.tables_linked,
        count_of(report.segments, "segment"), size_text(report.bytes_copied), duration_text(time)));
}

}  // namespace

Result<int> run_checkpoint(Session& session, const Invocation& invocation) {
    const std::string directory = invocation.argument(0);
    if (invocation.settings().dry_run) {
        return exit_done;
    }
    const InterruptEndsProgram guard;
    const CheckpointReport report = STRATA_TRY(session.store().checkpoint(directory));
    print_report(session, invocation.settings(), directory, report);
    return exit_done;
}

Result<int> run_restore(Session& session, const Invocation& invocation) {
    const std::string into = directory_of(invocation.text("into").value_or(std::string{}));
    const std::string from = directory_of(invocation.argument(0));
    if (into.empty() || from.empty()) {
        return usage_error("restore: expected two directories: restore DIR --into STORE");
    }
    if (invocation.settings().dry_run) {
        return exit_done;
    }
    const InterruptEndsProgram guard;
    const CheckpointReport report = STRATA_TRY(restore_checkpoint(from, into));
    print_report(session, invocation.settings(), into, report);
    return exit_done;
}

}  // namespace strata::tools
