// SPDX-License-Identifier: Apache-2.0
#include "leveldb/identify.hpp"

#include "io/file_contents.hpp"
#include "leveldb/database.hpp"
#include "leveldb/log_reader.hpp"
#include "leveldb/manifest.hpp"
#include "leveldb/write_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace strata::level {
namespace {

std::string counted(std::uint64_t count, const char* thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

/// A file that begins with a valid record is a log, whatever its name is.
Result<PathKind> by_first_record(FileSystem& files, const std::string& path) {
    const bool begins = STRATA_TRY(begins_like_log(files, path));
    if (!begins) {
        return PathKind::other;
    }
    const auto reader = STRATA_TRY(LogReader::open(files, path));
    const LogEvent event = STRATA_TRY(reader->next());
    if (event != LogEvent::record || reader->offset() != 0) {
        return PathKind::other;
    }
    if (BatchReader::create(reader->record())) {
        auto batch = STRATA_TRY(BatchReader::create(reader->record()));
        const auto first = batch.next();
        if (first && *first) {
            return PathKind::log;
        }
    }
    return decode_edit(reader->record()) ? PathKind::manifest : PathKind::other;
}

std::string verdict_text(const CheckReport& report) {
    return report.findings.empty() ? "complete"
                                   : fmt::format("damaged at {}", report.findings.front().offset);
}

Result<Identity> identify_table(FileSystem& files, const std::string& path, Identity identity) {
    CheckReport report;
    const auto counts = STRATA_TRY(check_table(files, path, KeyOrder::unknown, report));
    identity.damaged = !report.findings.empty();
    identity.state =
        fmt::format("{}: {}, {}", verdict_text(report), counted(counts.blocks, "block"),
                    counted(counts.entries, "record"));
    return identity;
}

/// Of a log of any kind.
Result<Identity> identify_log(FileSystem& files, const std::string& path, Identity identity) {
    const auto reader = STRATA_TRY(LogReader::open(files, path));
    std::uint64_t records = 0;
    std::string verdict = "complete";
    while (true) {
        const LogEvent event = STRATA_TRY(reader->next());
        if (event == LogEvent::end) {
            break;
        }
        records += event == LogEvent::record ? 1 : 0;
        if (event == LogEvent::damage && !std::exchange(identity.damaged, true)) {
            verdict = fmt::format("damaged at {}", reader->gap().offset);
        }
        if (event == LogEvent::torn && !identity.damaged) {
            verdict = fmt::format("a torn tail of {} at {}", counted(reader->gap().size, "byte"),
                                  reader->gap().offset);
        }
    }
    const char* thing = identity.kind == PathKind::manifest ? "edit" : "batch";
    identity.state = fmt::format("{}: {} {}{}", verdict, records, thing,
                                 records == 1                          ? ""
                                 : identity.kind == PathKind::manifest ? "s"
                                                                       : "es");
    return identity;
}

Result<Identity> identify_database(FileSystem& files, const std::string& path, Identity identity) {
    const auto database = open_database(files, path);
    if (!database) {
        identity.damaged = database.error().code == ErrorCode::corruption;
        identity.state = database.error().message;
        return identity;
    }
    const auto lost = static_cast<std::uint64_t>(std::ranges::count_if(
        database->tables, [](const LiveTable& live) { return live.problem.has_value(); }));
    identity.size = database->bytes;
    identity.damaged = lost != 0;
    identity.state = fmt::format(
        "{}: {}, {}, sequence {} in tables{}",
        lost == 0 ? "complete" : fmt::format("{} cannot be read", counted(lost, "table")),
        counted(database->tables.size(), "table"), counted(database->logs.size(), "log"),
        database->manifest.last_sequence,
        database->bytewise() ? "" : ", comparator " + database->manifest.comparator);
    return identity;
}

}  // namespace

const char* path_kind_name(PathKind kind) noexcept {
    switch (kind) {
        case PathKind::table:
            return "LevelDB table";
        case PathKind::log:
            return "LevelDB log";
        case PathKind::manifest:
            return "LevelDB manifest";
        case PathKind::database:
            return "LevelDB database";
        case PathKind::other:
            return "other";
    }
    return "other";
}

Result<PathKind> recognize(FileSystem& files, const std::string& path) {
    const auto status = STRATA_TRY(files.status(path));
    if (!status || status->kind == FileKind::other) {
        return PathKind::other;
    }
    if (status->kind == FileKind::directory) {
        const bool database = STRATA_TRY(is_database(files, path));
        return database ? PathKind::database : PathKind::other;
    }
    const bool table = STRATA_TRY(ends_like_table(files, path));
    if (table || path.ends_with(".ldb")) {
        return PathKind::table;
    }
    switch (parse_file_name(base_name(path)).type) {
        case FileType::log:
            return PathKind::log;
        case FileType::manifest:
            return PathKind::manifest;
        case FileType::other:
        case FileType::table:
        case FileType::current:
        case FileType::lock:
        case FileType::info_log:
            break;
    }
    return by_first_record(files, path);
}

PathOwners sort_paths(FileSystem& files, const std::vector<std::string>& paths) {
    PathOwners owners;
    for (const std::string& path : paths) {
        const auto kind = recognize(files, path);
        const bool foreign = kind && *kind != PathKind::other;
        (foreign ? owners.leveldb : owners.ours).push_back(path);
    }
    return owners;
}

Result<Identity> identify(FileSystem& files, const std::string& path, PathKind kind) {
    const auto status = STRATA_TRY(files.status(path));
    Identity identity{.kind = kind,
                      .number = parse_file_name(base_name(path)).number,
                      .size = status ? status->size : 0};
    switch (kind) {
        case PathKind::table:
            return identify_table(files, path, std::move(identity));
        case PathKind::log:
        case PathKind::manifest:
            return identify_log(files, path, std::move(identity));
        case PathKind::database:
            return identify_database(files, path, std::move(identity));
        case PathKind::other:
            break;
    }
    return identity;
}

KeyOrder order_beside(FileSystem& files, const std::string& path) {
    const auto database = open_database(files, parent_directory(path));
    return database && database->manifest.comparator == bytewise_comparator ? KeyOrder::bytewise
                                                                            : KeyOrder::unknown;
}

Result<DirectoryTables> tables_in(FileSystem& files, const std::string& directory) {
    std::map<std::uint64_t, std::string> found;
    const auto names = STRATA_TRY(files.list(directory));
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::table) {
            found.emplace(parsed.number, join_path(directory, name));
        }
    }
    DirectoryTables tables;
    auto database = open_database(files, directory);
    if (!database) {
        tables.problem = database.take_error();
    }
    std::set<std::uint64_t> live;
    if (database) {
        for (const LiveTable& table : database->tables) {
            live.insert(table.facts.number);
            // One that is missing is shown to be.
            found.emplace(table.facts.number, table.path);
        }
    }
    for (auto& [number, path] : found) {
        const bool named = !database || live.contains(number);
        (named ? tables.paths : tables.unnamed).push_back(std::move(path));
    }
    return tables;
}

}  // namespace strata::level
