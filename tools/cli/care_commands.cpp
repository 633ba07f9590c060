// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/ledger.hpp"
#include "common/new_file.hpp"
#include "common/progress.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "common/wrap.hpp"

#include <fmt/format.h>
#include <strata/repair.hpp>

#include <memory>
#include <optional>
#include <string>

namespace strata::tools {
namespace {

void add_counts(JsonObject& object, const RepairReport& report) {
    object.text("manifest", report.manifest);
    object.boolean("newest_manifest", report.newest_manifest);
    object.number("tables", report.tables);
    object.number("segments", report.segments);
    object.number("records_read", report.records_read);
    object.number("keys_written", report.keys_written);
    object.number("bytes_written", report.bytes_written);
    object.big_number("last_sequence", report.last_sequence);
    object.number("losses", report.losses.size());
    object.number("suspects", report.suspects);
    object.number("keys_in_doubt", report.keys_in_doubt);
    object.number("batches_behind_gap", report.batches_behind_gap);
}

// The ledger behind its suspects, which were written while the store was read.
void write_ledger(LedgerWriter& ledger, const RepairReport& report) {
    for (std::size_t i = 0; i < report.losses.size(); ++i) {
        ledger.loss(i, report.losses[i]);
    }
    for (const Finding& finding : report.damage) {
        ledger.damage(finding);
    }
    for (const std::string& note : report.notes) {
        ledger.note(note);
    }
    ledger.verdict(report.verdict, report.complete,
                   [&report](JsonObject& object) { add_counts(object, report); });
}

// For people: each loss, then what it means for what was saved.
std::string report_text(const RepairReport& report, const RepairOptions& options, bool named,
                        bool ascii) {
    std::string text;
    for (const RepairLoss& loss : report.losses) {
        text += loss_text(loss, ascii);
    }
    if (report.manifest.empty()) {
        text += "without a manifest, tables and log say what they are\n";
    } else if (!report.newest_manifest) {
        text +=
            fmt::format("{} is used in its place, which was kept from before\n", report.manifest);
    }
    for (const Finding& finding : report.damage) {
        text += fmt::format("{} at {}: {}\n    no record is lost by it\n", finding.file,
                            finding.offset, finding.message);
    }
    if (report.batches_behind_gap != 0) {
        text += fmt::format("{} of the log stand behind what is lost and were taken all the same\n",
                            count_of(report.batches_behind_gap, "batch"));
    }
    if (report.suspects != 0) {
        text +=
            fmt::format("{} may be out of date or deleted; {}\n", count_of(report.suspects, "key"),
                        named ? "the ledger says which" : "--ledger FILE says which");
    }
    if (report.keys_in_doubt != 0) {
        text +=
            fmt::format("{} older than lost operations of the log, which may be of any key\n",
                        report.keys_in_doubt == 1 ? std::string{"1 key is"}
                                                  : count_text(report.keys_in_doubt) + " keys are");
    }
    const char* what = options.dry_run ? "a repair would write" : "wrote";
    text += fmt::format("{} {}", what, count_of(report.keys_written, "key"));
    if (!options.dry_run) {
        text += fmt::format(", {}, to {}", size_text(report.bytes_written), options.out);
    }
    text += fmt::format("; read {} in {} and {}\n", count_of(report.records_read, "record"),
                        count_of(report.tables, "table"), count_of(report.segments, "segment"));
    return text + fmt::format("verdict: {}\n", report.verdict);
}

Result<std::string> directory_to_repair(Session& session) {
    std::string directory = directory_of(session.store_name());
    if (directory.empty()) {
        return usage_error("repair: {} is no store on disk", session.store_name());
    }
    return directory;
}

void print_findings(Session& session, const Invocation& invocation, const CheckReport& report) {
    const OutputStyle style = invocation.settings().style(session.output(), true);
    Sheet sheet{{"file", "offset", "message"}, {}};
    for (const Finding& finding : report.findings) {
        sheet.rows.push_back({finding.file, finding.offset, finding.message});
    }
    print_sheet(session.output(), style, sheet);
    session.output().flush();
    for (const std::string& note : report.notes) {
        session.diagnostics().note(note);
    }
    const std::string verdict =
        report.findings.empty() ? "no damage" : count_of(report.findings.size(), "finding");
    session.diagnostics().note(
        fmt::format("checked {}, {}, {}, {}: {}", count_of(report.files, "file"),
                    count_of(report.blocks, "block"), count_of(report.entries, "record"),
                    size_text(report.bytes), verdict));
}

}  // namespace

Result<int> run_check(Session& session, const Invocation& invocation) {
    Progress progress{session.diagnostics().output(), "check", !invocation.settings().quiet};
    CheckOptions options;
    options.full = !invocation.has("fast");
    options.progress = [&progress](std::uint64_t done, std::uint64_t total) {
        progress.update_bytes(done, total);
    };
    CheckReport report;
    {
        const InterruptEndsProgram guard;
        // A store that is not open need not be one that opens.
        report = STRATA_TRY(session.is_open()
                                ? session.store().check(options)
                                : check_directory(directory_of(session.store_name()), options));
    }
    progress.clear();
    print_findings(session, invocation, report);
    const bool strict = report.torn_tail && invocation.has("strict");
    return report.findings.empty() && !strict ? exit_done : exit_corrupt;
}

Result<int> run_repair(Session& session, const Invocation& invocation) {
    const std::string directory = STRATA_TRY(directory_to_repair(session));
    const OutputStyle style = invocation.settings().style(session.output(), false);
    Progress progress{session.diagnostics().output(), "repair", !invocation.settings().quiet};
    RepairOptions options;
    options.dry_run = invocation.settings().dry_run;
    options.out = invocation.text("out").value_or("");
    if (options.out.empty() && !options.dry_run) {
        return usage_error("repair: --out DIR says where the new store goes; --dry-run only looks");
    }
    options.progress = [&progress](std::uint64_t done, std::uint64_t total) {
        progress.update_bytes(done, total);
    };
    std::unique_ptr<NewFile> file;
    std::optional<LedgerWriter> ledger;
    if (const auto path = invocation.text("ledger")) {
        file = STRATA_TRY(NewFile::create(*path));
        ledger.emplace(file->output(), style.json, false);
    }
    std::optional<LedgerWriter> shown;
    if (is_json(style.format)) {
        shown.emplace(session.output(), style.json, style.format == OutputFormat::json);
    }
    options.suspect = [&](const RepairSuspect& suspect) {
        for (auto* writer : {&ledger, &shown}) {
            if (*writer) {
                (*writer)->suspect(suspect);
            }
        }
    };
    RepairReport report;
    {
        const InterruptEndsProgram guard;
        report = STRATA_TRY(repair_directory(directory, options));
    }
    progress.clear();
    if (ledger) {
        write_ledger(*ledger, report);
        STRATA_TRY(file->close());
    }
    if (shown) {
        write_ledger(*shown, report);
    } else {
        const std::string text = report_text(report, options, ledger.has_value(), style.ascii);
        session.output().write(for_terminal(session.output(), text));
    }
    session.output().flush();
    for (const std::string& note : report.notes) {
        session.diagnostics().note(note);
    }
    return report.complete ? exit_done : exit_partial;
}

}  // namespace strata::tools
