// SPDX-License-Identifier: Apache-2.0
// Proves what is read of a damaged log and what is said to be lost, as text
// (testdata/inspect/log_survey.txt): damage before, behind and between frames, to headers, links
// and seals, missing and exchanged segments, with and without a manifest.
#include "inspect/log_survey.hpp"

#include "entry/operation.hpp"

#include "log/log_builder.hpp"
#include "support/datadriven.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace strata::test {
namespace {

std::string operations_text(Bytes encoded) {
    std::string text;
    OperationReader reader{encoded};
    Entry entry;
    while (reader.next(entry)) {
        text += entry.kind == Kind::del ? fmt::format(" -{}", entry.key)
                                        : fmt::format(" {}={}", entry.key, entry.value);
    }
    return text;
}

std::string gap_text(const char* what, const LogGap& gap) {
    const std::string last = gap.last == sequence_max ? "?" : fmt::format("{}", gap.last);
    return fmt::format("{} {}-{} at {}:{}-{}: {}\n", what, gap.first, last, gap.file, gap.begin,
                       gap.end, gap.message);
}

std::vector<std::uint64_t> numbers(const Case& test, std::string_view key) {
    std::vector<std::uint64_t> values;
    for (const std::string& value : test.many(key)) {
        values.push_back(std::stoull(value));
    }
    return values;
}

Manifest manifest_of(const LogInput& input) {
    Manifest manifest;
    manifest.store = input.store;
    manifest.active = input.active;
    manifest.active_key = input.active_key;
    manifest.next_number = input.next_number;
    manifest.last_sequence = input.last_in_tables;
    for (const SealedSegment& segment : input.sealed) {
        manifest.sealed.push_back({.number = segment.number,
                                   .key = segment.key,
                                   .length = segment.length,
                                   .first_sequence = segment.first_sequence,
                                   .last_sequence = segment.last_sequence});
    }
    return manifest;
}

// The lines of the input build the log; a manifest is made of what was built before any damage.
std::string survey_case(const Case& test) {
    CHECK(test.command == "survey");
    LogBuilder builder;
    for (const std::string& line : test.lines()) {
        builder.line(line);
    }
    const Sequence tables = test.number("tables", 0);
    const bool named = !test.many("sealed").empty() || test.number("active", 0) != 0;
    const Manifest manifest =
        manifest_of(builder.input(numbers(test, "sealed"), test.number("active", 0), tables));
    LogSurveyInput input{.last_in_tables = tables};
    input.store = LogBuilder::store();
    if (named) {
        input.manifest = &manifest;
    }
    std::string text;
    const auto take = [&](const SurveyedBatch& batch) -> Status {
        text += fmt::format("{}:{} #{}{}{}\n", batch.segment, batch.offset, batch.first,
                            operations_text(batch.encoded), batch.behind_gap ? " behind" : "");
        return {};
    };
    const LogSurvey survey = must(survey_log(*files_of(builder.segments()), "/db", input, take));
    for (const LogGap& gap : survey.gaps) {
        text += gap_text("lost", gap);
    }
    if (survey.torn) {
        text += gap_text("torn", *survey.torn);
    }
    for (const Finding& finding : survey.damage) {
        text += fmt::format("damage {}:{}: {}\n", finding.file, finding.offset, finding.message);
    }
    for (const std::string& path : survey.strangers) {
        text += fmt::format("stranger {}\n", path);
    }
    return text + fmt::format("last {}\n", survey.last);
}

TEST_CASE("what is read of a damaged log") { run_cases("inspect/log_survey.txt", survey_case); }

}  // namespace
}  // namespace strata::test
