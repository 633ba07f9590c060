// SPDX-License-Identifier: Apache-2.0
#include "leveldb/database.hpp"

#include "base/error.hpp"
#include "io/file_contents.hpp"

#include <algorithm>
#include <utility>

namespace strata::level {
namespace {

/// A running database changes its manifest when it flushes or merges, not for every write.
constexpr int attempts_max = 20;

/// CURRENT is one short line.
constexpr std::uint64_t current_size_max = 256;

/// The name of the manifest in CURRENT.
Result<std::string> read_current(FileSystem& files, const std::string& directory) {
    const std::string path = join_path(directory, "CURRENT");
    std::string content = STRATA_TRY(read_file(files, path, current_size_max));
    const bool ends = content.ends_with('\n');
    if (ends) {
        content.pop_back();
    }
    if (!ends || parse_file_name(content).type != FileType::manifest) {
        return corruption_at(path, 0,
                             "expected \"MANIFEST-\", a number and a line end, found {} "
                             "other bytes",
                             content.size());
    }
    return content;
}

Result<std::uint64_t> size_of(FileSystem& files, const std::string& path) {
    const auto status = STRATA_TRY(files.status(path));
    return status ? status->size : 0;
}

/// Opens a table by either of its names.
LiveTable open_table(FileSystem& files, const std::string& directory, std::uint32_t level,
                     const TableFacts& facts) {
    LiveTable live{.level = level, .facts = facts};
    std::string stem = table_name(facts.number);
    stem.resize(stem.rfind('.'));
    for (const char* extension : {".ldb", ".sst"}) {
        live.path = join_path(directory, stem + extension);
        auto table = Table::open(files, live.path);
        if (table) {
            live.table = table.take_value();
            break;
        }
        live.problem = table.take_error();
        if (live.problem->code != ErrorCode::not_found) {
            return live;
        }
    }
    if (!live.table) {
        live.path = join_path(directory, stem + ".ldb");
        live.problem =
            make_error(ErrorCode::corruption,
                       "{}: expected the table that the manifest names, found no file", live.path);
        return live;
    }
    live.problem.reset();
    if (live.table->size() != facts.size) {
        live.problem =
            corruption_at(live.path, 0, "expected {} bytes, as the manifest says, found {}",
                          facts.size, live.table->size());
        live.table.reset();
    }
    return live;
}

Status open_tables(FileSystem& files, Database& database) {
    for (std::uint32_t level = 0; level < level_count; ++level) {
        for (const auto& [number, facts] : database.manifest.levels[level]) {
            LiveTable live = open_table(files, database.directory, level, facts);
            if (live.problem && live.problem->code == ErrorCode::io) {
                return *std::move(live.problem);
            }
            database.bytes += live.table ? live.table->size() : 0;
            database.tables.push_back(std::move(live));
        }
    }
    return {};
}

/// Logs that the manifest does not count among the tables, and the one before the last, which older
/// versions of LevelDB name.
Status open_logs(FileSystem& files, Database& database) {
    std::vector<std::pair<std::uint64_t, std::string>> found;
    const auto names = STRATA_TRY(files.list(database.directory));
    const ManifestState& manifest = database.manifest;
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::log && (parsed.number >= manifest.log_number ||
                                             parsed.number == manifest.previous_log_number)) {
            found.emplace_back(parsed.number, join_path(database.directory, name));
        }
    }
    std::ranges::sort(found);
    for (auto& [number, path] : found) {
        auto reader = LogReader::open(files, path);
        if (!reader && reader.error().code == ErrorCode::not_found) {
            continue;  // the manifest will have changed, too
        }
        if (!reader) {
            return reader.take_error();
        }
        database.bytes += (*reader)->size();
        database.logs.push_back({std::move(path), reader.take_value(), std::nullopt});
    }
    return {};
}

/// RocksDB grew out of LevelDB and has a CURRENT, too, but other edits and tables.
Result<bool> has_rocksdb_options(FileSystem& files, const std::string& directory) {
    const auto names = files.list(directory);
    if (!names && names.error().code == ErrorCode::not_found) {
        return false;
    }
    if (!names) {
        return Error{names.error()};
    }
    return std::ranges::any_of(
        *names, [](const std::string& name) { return name.starts_with("OPTIONS-"); });
}

}  // namespace

Result<bool> is_database(FileSystem& files, const std::string& directory) {
    const bool rocksdb = STRATA_TRY(has_rocksdb_options(files, directory));
    if (rocksdb) {
        return false;
    }
    const auto current = read_current(files, directory);
    if (current) {
        return true;
    }
    if (current.error().code == ErrorCode::io) {
        return Error{current.error()};
    }
    return false;
}

Result<Database> open_database(FileSystem& files, const std::string& directory) {
    const bool rocksdb = STRATA_TRY(has_rocksdb_options(files, directory));
    if (rocksdb) {
        return make_error(ErrorCode::unsupported,
                          "{}: expected a LevelDB database, found a RocksDB database", directory);
    }
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        Database database{.directory = directory};
        const std::string name = STRATA_TRY(read_current(files, directory));
        database.manifest_path = join_path(directory, name);
        const std::uint64_t before = STRATA_TRY(size_of(files, database.manifest_path));
        auto manifest = read_manifest(files, database.manifest_path);
        if (manifest) {
            database.manifest = manifest.take_value();
            STRATA_TRY(open_tables(files, database));
            STRATA_TRY(open_logs(files, database));
        }
        const std::string name_after = STRATA_TRY(read_current(files, directory));
        const std::uint64_t after = STRATA_TRY(size_of(files, database.manifest_path));
        if (name != name_after || before != after) {
            continue;
        }
        if (!manifest) {
            Error error = manifest.take_error();
            if (error.code == ErrorCode::not_found) {
                error = make_error(ErrorCode::corruption, "{}: CURRENT names it, but there is none",
                                   database.manifest_path);
            }
            return error;
        }
        return database;
    }
    return make_error(ErrorCode::busy,
                      "{}: the manifest changed during each of {} attempts to read it; try again "
                      "when the program that owns the database writes less, or copy the directory",
                      directory, attempts_max);
}

}  // namespace strata::level
