// SPDX-License-Identifier: Apache-2.0
#include "inspect/identify_directory.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "inspect/store_files.hpp"
#include "inspect/table_parts.hpp"
#include "io/file_contents.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr int attempts_max = 10;

std::string counted(std::uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::uint64_t count_ending(const DirectoryContents& contents, std::string_view end) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        contents.names, [end](const std::string& name) { return name.ends_with(end); }));
}

/// LevelDB and its descendants name their manifest in a file CURRENT.
bool has_current(const DirectoryContents& contents) {
    const auto& names = contents.names;
    return std::ranges::find(names, "CURRENT") != names.end() &&
           std::ranges::any_of(
               names, [](const std::string& name) { return name.starts_with("MANIFEST-"); });
}

std::string describe_foreign(const DirectoryContents& contents) {
    const bool rocksdb = std::ranges::any_of(
        contents.names, [](const std::string& name) { return name.starts_with("OPTIONS-"); });
    const std::uint64_t tables = count_ending(contents, ".ldb") + count_ending(contents, ".sst");
    return fmt::format("a {} database: {}, {}", rocksdb ? "RocksDB" : "LevelDB",
                       counted(tables, "table"), counted(count_ending(contents, ".log"), "log"));
}

/// Of the manifest with the highest number. Not load_newest_manifest(), which makes the file
/// durable first: an inspector asks nothing of a disk.
Result<std::string> describe_store(FileSystem& files, const std::string& path,
                                   const DirectoryContents& contents, bool& damaged) {
    FileName newest;
    for (const std::string& name : contents.names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::manifest && parsed.number > newest.number) {
            newest = parsed;
        }
    }
    const std::string name = file_path(path, FileType::manifest, newest.number);
    const std::string bytes = STRATA_TRY(read_file(files, name, inspected_section_size_max));
    const auto manifest = decode_manifest(bytes, name);
    if (!manifest) {
        damaged = true;
        return fmt::format("a store that does not open, {}", manifest.error().message);
    }
    return fmt::format("a store: manifest {}, {}", manifest->number, describe_manifest(*manifest));
}

}  // namespace

std::string describe_manifest(const Manifest& manifest) {
    std::uint64_t tables = 0;
    for (const RunFacts& run : manifest.runs) {
        tables += run.tables.size();
    }
    const std::uint64_t segments = manifest.sealed.size() + (manifest.active == 0 ? 0 : 1);
    return fmt::format("{} in {}, {}, {}", counted(tables, "table"),
                       counted(manifest.runs.size(), "run"), counted(segments, "segment"),
                       manifest.active == 0 ? "closed" : "not closed");
}

Result<std::string> describe_directory(FileSystem& files, const std::string& path, bool& damaged) {
    DirectoryContents contents = STRATA_TRY(list_store(files, path));
    for (int attempt = 1; contents.has_manifest; ++attempt) {
        auto text = describe_store(files, path, contents, damaged);
        // The owner, if there is one, may have published the next manifest meanwhile.
        if (text || text.error().code != ErrorCode::not_found || attempt == attempts_max) {
            return text;
        }
        contents = STRATA_TRY(list_store(files, path));
    }
    if (has_current(contents)) {
        return describe_foreign(contents);
    }
    if (contents.has_data) {
        return fmt::format("{}, {}, but no manifest: copied files, or a store that lost it",
                           counted(count_ending(contents, ".sst"), "table"),
                           counted(count_ending(contents, ".wal"), "segment"));
    }
    return fmt::format("no store: {}", counted(contents.names.size(), "other file"));
}

}  // namespace strata
