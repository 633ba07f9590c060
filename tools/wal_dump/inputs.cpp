// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/inputs.hpp"

#include "common/error.hpp"
#include "inspect/identify.hpp"
#include "inspect/log_plan.hpp"

#include <string_view>

namespace strata::tools {
namespace {

Result<LogInput> resolve_directory(FileSystem& files, const std::string& path) {
    const std::uint64_t manifest = STRATA_TRY(newest_manifest_number(files, path));
    if (manifest != 0) {
        return LogInput{.store = path};
    }
    auto segments = STRATA_TRY(segments_in(files, path));
    if (segments.empty()) {
        return fail(ErrorCode::not_found, "{}: no store and no WAL segment in this directory",
                    path);
    }
    return LogInput{.files = std::move(segments)};
}

Error wrong_kind(const std::string& path, PathKind kind) {
    switch (kind) {
        case PathKind::missing:
            return fail(ErrorCode::not_found, "{}: no such file", path);
        case PathKind::special:
            return fail(ErrorCode::io, "{}: not a regular file, so it is not read", path);
        case PathKind::empty:
        case PathKind::zeros:
            return fail(ErrorCode::corruption,
                        "{}: at 0: expected the header of a WAL segment, found {}; a file that was "
                        "just being prepared looks so, and recovery ignores it",
                        path, kind == PathKind::empty ? "an empty file" : "zeros");
        case PathKind::table:
            return usage_error("{}: a table, which strata-dump reads", path);
        case PathKind::manifest:
            return usage_error(
                "{}: a manifest, no log; \"strata-dump identify\" describes it; "
                "give its directory to see the log",
                path);
        case PathKind::lock:
            return usage_error("{}: a lock file, no log; give its directory to see the log", path);
        case PathKind::leveldb_table:
        case PathKind::rocksdb_table:
        case PathKind::sqlite:
            return usage_error("{}: a {}, no WAL segment of strata", path, path_kind_name(kind));
        case PathKind::directory:
        case PathKind::segment:
        case PathKind::unknown:
            break;
    }
    return fail(ErrorCode::corruption, "{}: at 0: not a WAL segment, or its header is damaged",
                path);
}

}  // namespace

Result<LogInput> resolve_input(FileSystem& files, const std::string& argument) {
    constexpr std::string_view scheme = "lsm:";
    const std::string path =
        argument.starts_with(scheme) ? argument.substr(scheme.size()) : argument;
    const PathKind kind = STRATA_TRY(recognize(files, path));
    if (kind == PathKind::directory) {
        return resolve_directory(files, path);
    }
    if (kind == PathKind::segment || kind == PathKind::unknown) {
        return LogInput{.files = {path}};
    }
    return wrong_kind(path, kind);
}

}  // namespace strata::tools
