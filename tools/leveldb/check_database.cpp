// SPDX-License-Identifier: Apache-2.0
#include "leveldb/check_database.hpp"

#include "leveldb/log_reader.hpp"
#include "leveldb/write_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace strata::level {
namespace {

/// Reads every record of a log and gives it to `take`, whose errors are findings.
Status walk_log(FileSystem& files, const std::string& path, CheckReport& report,
                const std::function<Status(const LogReader&)>& take) {
    const auto reader = STRATA_TRY(LogReader::open(files, path));
    ++report.files;
    report.bytes += reader->size();
    while (true) {
        const LogEvent event = STRATA_TRY(reader->next());
        switch (event) {
            case LogEvent::end:
                return {};
            case LogEvent::torn:
                report.notes.push_back(fmt::format("{}: torn tail: {} bytes at {}: {}", path,
                                                   reader->gap().size, reader->gap().offset,
                                                   reader->gap().reason));
                break;
            case LogEvent::damage:
                report.findings.push_back({path, reader->gap().offset,
                                           fmt::format("{}; {} bytes are lost",
                                                       reader->gap().reason, reader->gap().size)});
                break;
            case LogEvent::record: {
                const Status taken = take(*reader);
                if (!taken) {
                    report.findings.push_back({path, reader->offset(), taken.error().message});
                }
                break;
            }
        }
    }
}

Bytes user_key_of(const std::string& internal_key) {
    const auto key = parse_internal_key(internal_key);
    return key ? key->user_key : Bytes{};
}

/// What the manifest says of a table, against what was read.
void check_bounds(const LiveTable& live, const TableCounts& counts, CheckReport& report) {
    if (counts.entries == 0) {
        return;
    }
    if (counts.first_key != user_key_of(live.facts.smallest) ||
        counts.last_key != user_key_of(live.facts.largest)) {
        report.findings.push_back(
            {live.path, 0,
             "expected the first and last key that the manifest names, found others"});
    }
}

Status check_tables(FileSystem& files, const Database& database, CheckReport& report) {
    const KeyOrder order = database.bytewise() ? KeyOrder::bytewise : KeyOrder::other;
    for (const LiveTable& live : database.tables) {
        if (live.problem) {
            add_finding(report, live.path, 0, live.problem->message);
            continue;
        }
        const std::size_t before = report.findings.size();
        const auto counts = STRATA_TRY(check_table(files, live.path, order, report));
        if (report.findings.size() == before) {
            check_bounds(live, counts, report);
        }
    }
    return {};
}

/// Behind level 0 the tables of a level share no key, except that versions of one key may lie in
/// two tables that adjoin.
void check_disjoint(const Database& database, CheckReport& report) {
    for (std::uint32_t level = 1; level < level_count; ++level) {
        std::vector<const TableFacts*> tables;
        for (const auto& [number, facts] : database.manifest.levels[level]) {
            tables.push_back(&facts);
        }
        std::ranges::sort(tables, {}, [](const TableFacts* facts) {
            return std::pair{user_key_of(facts->smallest), user_key_of(facts->largest)};
        });
        for (std::size_t i = 1; i < tables.size(); ++i) {
            if (user_key_of(tables[i]->smallest) < user_key_of(tables[i - 1]->largest)) {
                report.findings.push_back(
                    {database.manifest_path, 0,
                     fmt::format("expected the tables of level {} to share no keys, found that {} "
                                 "and {} do",
                                 level, tables[i - 1]->number, tables[i]->number)});
            }
        }
    }
}

}  // namespace

Status check_log(FileSystem& files, const std::string& path, CheckReport& report) {
    Sequence next = 0;
    return walk_log(files, path, report, [&report, &next](const LogReader& reader) -> Status {
        auto batch = STRATA_TRY(BatchReader::create(reader.record()));
        ++report.blocks;
        while (true) {
            const bool more = STRATA_TRY(batch.next());
            if (!more) {
                break;
            }
            ++report.entries;
        }
        const Sequence expected = std::exchange(next, batch.first_sequence() + batch.count());
        if (batch.first_sequence() < expected) {
            return Error{ErrorCode::corruption,
                         fmt::format("expected a sequence of at least {}, found {}", expected,
                                     batch.first_sequence())};
        }
        return {};
    });
}

Status check_manifest(FileSystem& files, const std::string& path, CheckReport& report) {
    return walk_log(files, path, report, [&report](const LogReader& reader) -> Status {
        const auto edit = STRATA_TRY(decode_edit(reader.record()));
        report.entries += edit.added.size() + edit.removed.size();
        ++report.blocks;
        return {};
    });
}

Status check_database(FileSystem& files, const std::string& directory, CheckReport& report) {
    auto opened = open_database(files, directory);
    if (!opened) {
        return opened.take_error();
    }
    const Database database = opened.take_value();
    Status status = check_manifest(files, database.manifest_path, report);
    if (status) {
        status = check_tables(files, database, report);
    }
    if (database.bytewise()) {
        check_disjoint(database, report);
    }
    for (const LiveLog& log : database.logs) {
        if (status) {
            status = check_log(files, log.path, report);
        }
    }
    return status;
}

}  // namespace strata::level
