// SPDX-License-Identifier: Apache-2.0
#include "inspect/find_key.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "base/finding.hpp"
#include "entry/operation.hpp"
#include "inspect/log_survey.hpp"
#include "inspect/store_files.hpp"
#include "inspect/table_survey.hpp"
#include "io/file_contents.hpp"
#include "log/reader.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

/// Adds the versions in one block; true when the last record has the key, so that the next block
/// may go on with it.
bool add_block(const BlockView& view, std::uint64_t offset, const std::string& path, Bytes key,
               KeySearch& search) {
    std::uint32_t i = view.lower_bound(key).index;
    for (; i < view.count() && view.compare_key(i, key) == 0; ++i) {
        const BlockRecord record = view.record(i);
        search.versions.push_back({.sequence = record.sequence,
                                   .kind = record.kind,
                                   .value = std::string{record.value},
                                   .expiry = record.expiry,
                                   .file = path,
                                   .offset = offset,
                                   .record = i});
    }
    return view.compare_key(view.count() - 1, key) <= 0;
}

/// By the index; false: there is no sound one.
Result<bool> find_by_index(FileSystem& files, const std::string& path, Bytes key,
                           KeySearch& search) {
    const auto file = TableFile::open(files, path, {});
    if (!file) {
        const ErrorCode code = file.error().code;
        return code == ErrorCode::corruption ? Result<bool>{false}
                                             : Result<bool>{Error{file.error()}};
    }
    const auto index = file->read_index();
    if (!index) {
        return false;
    }
    const BlockView& view = (*index)->view;
    for (std::uint32_t i = view.lower_bound(key).index; i < view.count(); ++i) {
        const BlockHandle handle = handle_at(view, i);
        const auto block = file->read_data(handle);
        if (!block) {
            Finding finding = finding_of(path, block.error());
            finding.message += "; versions of the key may be in it";
            search.damage.push_back(std::move(finding));
        } else {
            static_cast<void>(add_block((*block)->view, handle.offset, path, key, search));
        }
        if (view.compare_key(i, key) > 0) {
            break;  // The separator is above the key: it does not go on in the next block.
        }
    }
    return true;
}

bool may_hold(const LostBlocks& lost, Bytes key) {
    return (!lost.key_from || *lost.key_from <= key) && (!lost.key_to || key <= *lost.key_to);
}

/// The block by block way.
Status find_by_survey(FileSystem& files, const std::string& path, Bytes key, KeySearch& search) {
    const auto survey = STRATA_TRY(TableSurvey::open(files, path, {}));
    for (const Finding& finding : survey->damage()) {
        search.damage.push_back(finding);
    }
    while (true) {
        const TableSurvey::Step step = STRATA_TRY(survey->next());
        if (step.lost && may_hold(*step.lost, key)) {
            search.damage.push_back(
                {.file = path,
                 .offset = step.lost->begin,
                 .message = step.lost->message + "; versions of the key may be in it"});
        }
        if (!step.block ||
            !add_block(step.block->view, step.block->handle.offset, path, key, search)) {
            return {};
        }
    }
}

/// Takes the operations on one key out of batches.
auto take_into(KeySearch& search, Bytes key, const std::string& directory,
               const std::string& path) {
    return [&search, key, directory, path](const SurveyedBatch& batch) -> Status {
        OperationReader reader{batch.encoded};
        Entry entry;
        for (std::uint64_t i = 0; reader.next(entry); ++i) {
            if (entry.key == key) {
                search.versions.push_back(
                    {.sequence = batch.first + i,
                     .kind = entry.kind,
                     .value = std::string{entry.value},
                     .expiry = entry.expiry,
                     .file =
                         path.empty() ? file_path(directory, FileType::wal, batch.segment) : path,
                     .offset = batch.offset,
                     .record = i});
            }
        }
        return {};
    };
}

void add_gap(const LogGap& gap, KeySearch& search) {
    if (gap.first > gap.last) {
        return;
    }
    const std::string to = gap.last == sequence_max ? " on" : fmt::format(" to {}", gap.last);
    search.damage.push_back({.file = gap.file,
                             .offset = gap.begin,
                             .message = fmt::format("{}; sequences from {}{} are lost, of any key",
                                                    gap.message, gap.first, to)});
}

std::string torn_note(const std::string& path, std::uint64_t offset, std::uint64_t bytes) {
    return fmt::format("{}: at {}: a torn tail of {} bytes, as an interrupted write leaves it",
                       path, offset, bytes);
}

}  // namespace

Status find_in_table(FileSystem& files, const std::string& path, Bytes key, KeySearch& search) {
    const bool found = STRATA_TRY(find_by_index(files, path, key, search));
    return found ? Status{} : find_by_survey(files, path, key, search);
}

Status find_in_segment(FileSystem& files, const std::string& path, Bytes key, KeySearch& search) {
    const FileName name = parse_file_name(base_name(path));
    const auto survey = STRATA_TRY(SegmentSurvey::open(files, path, name.number, {}));
    if (survey == nullptr) {
        return corruption_at(path, 0, "not a WAL segment, or nothing in it verifies");
    }
    if (!survey->used()) {
        return {};
    }
    if (!survey->link()) {
        return corruption_at(path, segment_header_size,
                             "the first frame does not verify, so that the sequences are unknown; "
                             "name the directory, and the segment before this one tells them");
    }
    const auto outcome = STRATA_TRY(survey->walk({}, 0, false, take_into(search, key, {}, path)));
    for (const LogGap& gap : outcome.gaps) {
        add_gap(gap, search);
    }
    if (outcome.open_end && outcome.mark > outcome.end) {
        add_gap({.file = path,
                 .begin = outcome.end,
                 .message = fmt::format("no frame verifies here, but the segment was durable up to "
                                        "{}",
                                        outcome.mark),
                 .first = outcome.last + 1,
                 .last = sequence_max},
                search);
    } else if (outcome.open_end && outcome.torn_bytes != 0) {
        search.notes.push_back(torn_note(path, outcome.end, outcome.torn_bytes));
    }
    return {};
}

Status find_in_log(FileSystem& files, const std::string& directory, const Manifest* manifest,
                   Bytes key, KeySearch& search) {
    // Recovery's reader knows what may happen beside a live writer; the survey, which goes on
    // behind damage, is for a log at rest.
    if (manifest != nullptr) {
        const std::size_t before = search.versions.size();
        const auto take = take_into(search, key, directory, {});
        const auto read =
            read_log(files, directory, log_input(*manifest), [&take](const LogBatch& batch) {
                return take({.first = batch.first,
                             .operations = batch.operations,
                             .encoded = batch.encoded,
                             .segment = batch.segment,
                             .offset = batch.offset});
            });
        if (read) {
            if (read->torn) {
                search.notes.push_back(
                    torn_note(read->torn_path, read->torn_offset, read->torn_bytes));
            }
            return {};
        }
        search.versions.resize(before);
    }
    LogSurveyInput input{.manifest = manifest};
    if (manifest != nullptr) {
        input.store = manifest->store;
        input.last_in_tables = manifest->last_sequence;
    }
    const LogSurvey survey =
        STRATA_TRY(survey_log(files, directory, input, take_into(search, key, directory, {})));
    for (const LogGap& gap : survey.gaps) {
        add_gap(gap, search);
    }
    search.damage.insert(search.damage.end(), survey.damage.begin(), survey.damage.end());
    if (survey.torn) {
        search.notes.push_back(torn_note(survey.torn->file, survey.torn->begin,
                                         survey.torn->end - survey.torn->begin));
    }
    return {};
}

}  // namespace strata
