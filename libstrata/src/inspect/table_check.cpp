// SPDX-License-Identifier: Apache-2.0
#include "inspect/table_check.hpp"

#include "base/file_name.hpp"
#include "inspect/table_survey.hpp"
#include "io/file_contents.hpp"

#include <fmt/format.h>

#include <string_view>

namespace strata {
namespace {

/// Looks at the blocks of a table whose index does not lead to them.
Status check_without_index(FileSystem& files, const std::string& path,
                           const TableExpectation& expected, CheckReport& report) {
    auto opened = TableSurvey::open(files, path, {.number = expected.identity.number});
    if (!opened) {
        return {};  // What is wrong has been said: nothing can be verified.
    }
    TableSurvey& survey = **opened;
    std::uint64_t blocks = 0;
    std::uint64_t entries = 0;
    while (true) {
        const TableSurvey::Step step = STRATA_TRY(survey.next());
        if (step.lost) {
            report.findings.push_back(
                {.file = path,
                 .offset = step.lost->begin,
                 .message = fmt::format("{} bytes up to {}: {}", step.lost->end - step.lost->begin,
                                        step.lost->end, step.lost->message)});
        }
        if (!step.block) {
            break;
        }
        blocks += 1;
        entries += step.block->view.count();
    }
    report.blocks += blocks;
    report.entries += entries;
    report.bytes += survey.footer().length;
    report.notes.push_back(
        fmt::format("{}: {} blocks with {} records verify by themselves; strata-dump salvage "
                    "reads them",
                    path, blocks, entries));
    return {};
}

}  // namespace

Status check_table_against(FileSystem& files, const std::string& path,
                           const TableExpectation& expected, const CheckOptions& options,
                           CheckReport& report) {
    const std::size_t findings = report.findings.size();
    const std::uint64_t blocks = report.blocks;
    STRATA_TRY(verify_table(files, path, expected, options, report));
    if (options.full && report.findings.size() != findings && report.blocks == blocks) {
        return check_without_index(files, path, expected, report);
    }
    return {};
}

Status check_table(FileSystem& files, const std::string& path, const CheckOptions& options,
                   CheckReport& report) {
    const FileName name = parse_file_name(base_name(path));
    TableExpectation expected;
    if (name.type == FileType::table) {
        expected.identity.number = name.number;
    }
    return check_table_against(files, path, expected, options, report);
}

}  // namespace strata
