// SPDX-License-Identifier: Apache-2.0
#include "inspect/salvage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata {
namespace {

RepairLoss loss_of(const TableSurvey& survey, const LostBlocks& lost) {
    RepairLoss loss{.kind = "block",
                    .file = survey.file().path(),
                    .offset = lost.begin,
                    .size = lost.end - lost.begin,
                    .message = lost.message,
                    .key_from = lost.key_from,
                    .key_to = lost.key_to,
                    .key_from_older = lost.key_from_older,
                    .sequence_from = 1,
                    .sequence_to = sequence_max};
    if (survey.properties() && survey.properties()->sequence_max != 0) {
        loss.sequence_from = survey.properties()->sequence_min;
        loss.sequence_to = survey.properties()->sequence_max;
    }
    return loss;
}

Status take_block(const BlockView& view, const std::function<Status(const Entry&)>& take) {
    for (std::uint32_t i = 0; i < view.count(); ++i) {
        const BlockRecord record = view.record(i);
        const std::string key = view.key(i);
        STRATA_TRY(take({.key = key,
                         .sequence = record.sequence,
                         .kind = record.kind,
                         .value = record.value,
                         .expiry = record.expiry}));
    }
    return {};
}

void conclude(const TableSurvey& survey, SalvageReport& report) {
    if (report.complete()) {
        report.lost_max = 0;
        report.verdict = "complete";
        return;
    }
    if (survey.properties()) {
        const std::uint64_t entries = survey.properties()->entries;
        report.lost_max = entries - std::min(entries, report.records);
    }
    std::uint64_t bytes = 0;
    for (RepairLoss& loss : report.losses) {
        loss.records_max = report.lost_max;
        bytes += loss.size;
    }
    const std::string many = report.lost_max ? fmt::format("at most {} record{}", *report.lost_max,
                                                           *report.lost_max == 1 ? "" : "s")
                                             : "an unknown number of records";
    report.verdict = fmt::format("lost {} in {} bytes", many, bytes);
}

}  // namespace

Result<SalvageReport> salvage_table(TableSurvey& survey,
                                    const std::function<Status(const Entry&)>& take) {
    SalvageReport report{.damage = survey.damage()};
    while (true) {
        const TableSurvey::Step step = STRATA_TRY(survey.next());
        if (step.lost) {
            report.losses.push_back(loss_of(survey, *step.lost));
        }
        if (!step.block) {
            conclude(survey, report);
            return report;
        }
        STRATA_TRY(take_block(step.block->view, take));
        report.blocks += 1;
        report.records += step.block->view.count();
    }
}

}  // namespace strata
