// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/record_file.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/record_parse.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fmt/format.h>

namespace strata::tools {
namespace {

Status add_line(Batch& batch, std::string_view text) {
    BatchLine line = STRATA_TRY(parse_json_batch_line(text));
    if (const auto* record = std::get_if<OwnedRecord>(&line)) {
        return record->type == RecordType::del ? batch.del(record->key)
                                               : batch.put(record->key, record->value);
    }
    for (Condition& condition : std::get<std::vector<Condition>>(line)) {
        STRATA_TRY(batch.require(condition.key, std::move(condition.test)));
    }
    return {};
}

void report(Session& session, const Settings& settings, const Batch& batch, Sequence last) {
    const OutputStyle style = settings.style(session.output(), false);
    const bool json = is_json(style.format);
    if (json && !settings.dry_run) {
        print_facts(
            session.output(), style,
            {{"operations", std::uint64_t{batch.operations()}}, {"seq", SequenceCell{last}}});
        return;
    }
    const char* done = settings.dry_run ? "checked" : "wrote";
    session.diagnostics().note(
        fmt::format("{} {}", done, count_of(batch.operations(), "operation")));
}

}  // namespace

Result<int> run_batch(Session& session, const Invocation& invocation) {
    const std::string path = invocation.arguments().empty() ? "-" : invocation.argument(0);
    if (path == "-" && session.input_is_script()) {
        return usage_error("batch: standard input holds the script; name a FILE, or use begin");
    }
    const auto file = STRATA_TRY(RecordFile::open(path));
    Batch batch;
    while (!interrupted()) {
        const auto line = STRATA_TRY(file->lines().next());
        if (!line) {
            break;
        }
        if (line->text.find_first_not_of(" \t\r") == Bytes::npos) {
            continue;
        }
        auto added = line->too_long ? Status{file->too_long()} : add_line(batch, line->text);
        if (!added) {
            return at(fmt::format("{}: line {}", path, line->number), added.take_error());
        }
    }
    if (interrupted()) {
        return interrupt_status();
    }
    auto written = session.write(invocation.settings(), batch);
    if (!written) {
        return at("batch", written.take_error());
    }
    report(session, invocation.settings(), batch, *written);
    return exit_done;
}

Result<int> run_begin(Session& session, const Invocation& /*invocation*/) {
    if (session.transaction() != nullptr) {
        return usage_error("begin: a transaction is open already; commit or rollback ends it");
    }
    session.begin();
    return exit_done;
}

Result<int> run_commit(Session& session, const Invocation& invocation) {
    const Batch* batch = session.transaction();
    if (batch == nullptr) {
        return usage_error("commit: no transaction is open; begin starts one");
    }
    if (batch->empty() && batch->conditions().empty()) {
        session.end_transaction();
        return exit_done;
    }
    auto written = session.write(invocation.settings(), *batch);
    if (!written) {
        Error error = written.take_error();
        // Nothing was written, and trying again would meet the same; rollback is what is left.
        if (error.code == ErrorCode::conflict) {
            session.end_transaction();
            error.message += "; the transaction is rolled back";
        }
        return at("commit", std::move(error));
    }
    report(session, invocation.settings(), *batch, *written);
    session.end_transaction();
    return exit_done;
}

Result<int> run_rollback(Session& session, const Invocation& /*invocation*/) {
    if (session.transaction() == nullptr) {
        return usage_error("rollback: no transaction is open; begin starts one");
    }
    session.end_transaction();
    return exit_done;
}

}  // namespace strata::tools
