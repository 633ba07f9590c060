// SPDX-License-Identifier: Apache-2.0
#include "inspect/store_files.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>

namespace strata {
namespace {

const char* role_of(const FileName& name, const std::optional<Manifest>& manifest,
                    const std::set<std::uint64_t>& live) {
    const bool named = live.contains(name.number);
    switch (name.type) {
        case FileType::lock:
            return "lock";
        case FileType::manifest:
            if (manifest && name.number == manifest->number) {
                return "manifest";
            }
            return "old-manifest";
        case FileType::wal:
            return named || (manifest && manifest->active != 0 && name.number > manifest->active)
                       ? "wal"
                       : "orphan";
        case FileType::table:
            return named ? "table" : "orphan";
        case FileType::manifest_temporary:
            return "orphan";
        case FileType::unknown:
            break;
    }
    return "unknown";
}

}  // namespace

Result<DirectoryContents> list_store(FileSystem& file_system, const std::string& directory) {
    DirectoryContents contents;
    contents.names = STRATA_TRY(file_system.list(directory));
    for (const std::string& name : contents.names) {
        const FileName parsed = parse_file_name(name);
        contents.has_manifest = contents.has_manifest || parsed.type == FileType::manifest;
        contents.has_data =
            contents.has_data || parsed.type == FileType::wal || parsed.type == FileType::table;
        contents.greatest_number = std::max(contents.greatest_number, parsed.number);
    }
    return contents;
}

std::set<std::uint64_t> live_numbers(const Manifest& manifest) {
    std::set<std::uint64_t> live{manifest.number};
    if (manifest.active != 0) {
        live.insert(manifest.active);
    }
    for (const SegmentFacts& segment : manifest.sealed) {
        live.insert(segment.number);
    }
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& table : run.tables) {
            live.insert(table.number);
        }
    }
    return live;
}

LogInput log_input(const Manifest& manifest) {
    LogInput input{.store = manifest.store,
                   .active = manifest.active,
                   .active_key = manifest.active_key,
                   .next_number = manifest.next_number,
                   .last_in_tables = manifest.last_sequence};
    for (const SegmentFacts& segment : manifest.sealed) {
        input.sealed.push_back({.number = segment.number,
                                .key = segment.key,
                                .length = segment.length,
                                .first_sequence = segment.first_sequence,
                                .last_sequence = segment.last_sequence});
    }
    return input;
}

Status check_tables_present(FileSystem& file_system, const std::string& directory,
                            const Manifest& manifest) {
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& table : run.tables) {
            const std::string path = file_path(directory, FileType::table, table.number);
            const auto status = STRATA_TRY(file_system.status(path));
            if (!status) {
                return make_error(ErrorCode::corruption,
                                  "{}: the manifest names this table, but it is missing", path);
            }
            if (status->size != table.length) {
                return corruption_at(path, std::min(status->size, table.length),
                                     "the table has {} bytes, the manifest says {}", status->size,
                                     table.length);
            }
        }
    }
    return {};
}

Result<std::vector<FileInfo>> list_files(FileSystem& file_system, const std::string& directory) {
    const auto names = STRATA_TRY(file_system.list(directory));
    const auto manifest = STRATA_TRY(load_newest_manifest(file_system, directory));
    const std::set<std::uint64_t> live =
        manifest ? live_numbers(*manifest) : std::set<std::uint64_t>{};
    std::vector<FileInfo> files;
    for (const std::string& name : names) {
        const auto status = STRATA_TRY(file_system.status(directory + "/" + name));
        if (status) {
            files.push_back({name, role_of(parse_file_name(name), manifest, live), status->size});
        }
    }
    return files;
}

}  // namespace strata
