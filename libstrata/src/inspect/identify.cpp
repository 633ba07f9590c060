// SPDX-License-Identifier: Apache-2.0
#include "inspect/identify.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "base/file_name.hpp"
#include "inspect/identify_directory.hpp"
#include "inspect/table_parts.hpp"
#include "io/file_contents.hpp"
#include "io/owner.hpp"
#include "log/segment_report.hpp"
#include "version/manifest.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace strata {
namespace {

constexpr Bytes manifest_magic = "STRATMAN";
constexpr Bytes sqlite_magic = "SQLite format 3";
// The last eight bytes of tables of LevelDB and of block-based tables of RocksDB.
constexpr Bytes leveldb_magic{"\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8};
constexpr Bytes rocksdb_magic{"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", 8};
constexpr Bytes lock_begin = "pid=";
constexpr std::size_t end_size = 64;       // looked at, at both ends of a file
constexpr std::size_t shown_size = 16;     // first bytes of an unknown file
constexpr std::size_t probe_size = 65536;  // zeros are looked for in probes of this size
constexpr std::uint64_t probes_max = 64;
constexpr std::uint64_t lock_size_max = 4096;

/// Up to `size` bytes at `offset`; fewer at the end of the file.
Result<std::string> read_at(File& file, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    const std::size_t got = STRATA_TRY(file.read(offset, std::span{bytes.data(), size}));
    bytes.resize(got);
    return bytes;
}

bool is_zeros(Bytes bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

/// Probes all over the file: a sparse file of a terabyte must not be read.
Result<bool> looks_zero(File& file, std::uint64_t size) {
    const std::uint64_t probes = std::min(probes_max, (size + probe_size - 1) / probe_size);
    for (std::uint64_t i = 0; i < probes; ++i) {
        const std::uint64_t last = size - std::min<std::uint64_t>(size, probe_size);
        const std::uint64_t offset = i + 1 == probes ? last : last / (probes - 1) * i;
        const std::string bytes = STRATA_TRY(read_at(file, offset, probe_size));
        if (!is_zeros(bytes)) {
            return false;
        }
    }
    return true;
}

PathKind kind_by_name(const std::string& path) {
    switch (parse_file_name(base_name(path)).type) {
        case FileType::table:
            return PathKind::table;
        case FileType::wal:
            return PathKind::segment;
        case FileType::manifest:
        case FileType::manifest_temporary:
            return PathKind::manifest;
        case FileType::lock:
            return PathKind::lock;
        case FileType::unknown:
            break;
    }
    return PathKind::unknown;
}

Result<PathKind> kind_by_content(File& file, std::uint64_t size) {
    const std::string head = STRATA_TRY(read_at(file, 0, end_size));
    const std::uint64_t tail_at = size - std::min<std::uint64_t>(size, end_size);
    const std::string tail = STRATA_TRY(read_at(file, tail_at, end_size));
    const auto begins = [&head](Bytes with) { return Bytes{head}.starts_with(with); };
    const auto ends = [&tail](Bytes with) { return Bytes{tail}.ends_with(with); };
    if (begins(segment_magic)) {
        return PathKind::segment;
    }
    if (begins(manifest_magic)) {
        return PathKind::manifest;
    }
    if (ends(table_magic)) {
        return PathKind::table;
    }
    if (ends(leveldb_magic)) {
        return PathKind::leveldb_table;
    }
    if (ends(rocksdb_magic)) {
        return PathKind::rocksdb_table;
    }
    if (begins(sqlite_magic)) {
        return PathKind::sqlite;
    }
    return begins(lock_begin) ? PathKind::lock : PathKind::unknown;
}

/// Of a path with a status.
Result<PathKind> kind_of(FileSystem& files, const std::string& path, const FileStatus& status) {
    if (status.kind == FileKind::directory) {
        return PathKind::directory;
    }
    if (status.kind == FileKind::other) {
        return PathKind::special;
    }
    if (status.size == 0) {
        return kind_by_name(path) == PathKind::lock ? PathKind::lock : PathKind::empty;
    }
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const PathKind kind = STRATA_TRY(kind_by_content(*file, status.size));
    if (kind != PathKind::unknown) {
        return kind;
    }
    const bool zeros = STRATA_TRY(looks_zero(*file, status.size));
    return zeros ? PathKind::zeros : kind_by_name(path);
}

std::string counted(std::uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

bool is_damage(const Error& error) {
    return error.code == ErrorCode::corruption || error.code == ErrorCode::unsupported;
}

/// The error without the path in front, which stands beside it.
std::string without_path(const std::string& path, const std::string& message) {
    return message.starts_with(path + ": ") ? message.substr(path.size() + 2) : message;
}

/// What a number in the file means beside its name; empty when they agree.
std::string name_note(const std::string& path, std::uint64_t number) {
    const FileName name = parse_file_name(base_name(path));
    if (name.number == 0 || name.number == number) {
        return {};
    }
    return fmt::format(", under the name of {}", name.number);
}

/// The first thing that is wrong with footer, sections or filter; the blocks are not read.
Result<std::optional<Finding>> first_damage(const TableParts& table) {
    if (!table.findings().empty()) {
        return std::optional<Finding>{table.findings().front()};
    }
    const BlockHandle filter = table.footer()->filter();
    if (filter.size == 0) {
        return std::optional<Finding>{};
    }
    const auto block = table.read_section(filter, BlockKind::filter);
    if (!block) {
        return is_damage(block.error())
                   ? Result<std::optional<Finding>>{finding_from(table.path(), block.error())}
                   : Error{block.error()};
    }
    const auto view = FilterView::parse(*block);
    return view ? std::optional<Finding>{}
                : std::optional<Finding>{{table.path(), filter.offset, view.error().message}};
}

Status identify_table(FileSystem& files, const std::string& path, PathIdentity& identity) {
    const auto table = TableParts::open(files, path);
    if (!table) {
        if (table.error().code != ErrorCode::unsupported) {
            return Error{table.error()};
        }
        identity.state = without_path(path, table.error().message);
        return {};
    }
    if (table->footer()) {
        identity.version = table->footer()->version;
        identity.number = table->footer()->number;
    }
    const auto damage = STRATA_TRY(first_damage(*table));
    if (damage) {
        identity.damaged = true;
        identity.state = fmt::format("at {}: {}", damage->offset, damage->message);
        return {};
    }
    identity.state =
        fmt::format("complete: {} in {}{}", counted(table->properties()->entries, "record"),
                    counted(table->blocks(), "block"), name_note(path, table->footer()->number));
    return {};
}

std::string segment_state(const SegmentReport& report) {
    using Verdict = SegmentReport::Verdict;
    std::string state = report.seal ? report.seal->next_number == 0 ? "closed" : "sealed" : "open";
    if (report.seal && report.seal->next_number != 0) {
        state += fmt::format(", goes on in {}", report.seal->next_number);
    }
    if (!report.seal) {
        state += ": no seal, in use or its writer was stopped";
    }
    if (report.verdict == Verdict::torn_tail) {
        state += fmt::format(", torn tail at {}", report.end);
    }
    return fmt::format("{}; {}", state, counted(report.operations, "operation"));
}

Status identify_segment(FileSystem& files, const std::string& path, PathIdentity& identity) {
    const auto report = read_segment_file(files, path, [](const FrameView&) { return Status{}; });
    if (!report) {
        if (!is_damage(report.error())) {
            return Error{report.error()};
        }
        identity.damaged = true;
        identity.state = without_path(path, report.error().message);
        return {};
    }
    identity.version = report->header.version;
    identity.number = report->header.number;
    identity.damaged = report->verdict == SegmentReport::Verdict::damaged;
    identity.state = identity.damaged ? without_path(path, report->damage) : segment_state(*report);
    identity.state += name_note(path, report->header.number);
    return {};
}

Status identify_manifest(FileSystem& files, const std::string& path, PathIdentity& identity) {
    // Few stores have a manifest beyond this, and memory is bounded whatever a file claims.
    if (identity.size > inspected_section_size_max) {
        identity.state =
            fmt::format("of more than {} bytes, which are not read", inspected_section_size_max);
        return {};
    }
    const std::string bytes = STRATA_TRY(read_file(files, path, inspected_section_size_max));
    const auto manifest = decode_manifest(bytes, path);
    if (!manifest) {
        identity.damaged = true;
        identity.state = without_path(path, manifest.error().message);
        return {};
    }
    identity.version = manifest_version;
    identity.number = manifest->number;
    const bool temporary = parse_file_name(base_name(path)).type == FileType::manifest_temporary;
    identity.state = fmt::format("{}: {}{}", temporary ? "complete, but not published" : "complete",
                                 describe_manifest(*manifest), name_note(path, manifest->number));
    return {};
}

Status identify_lock(FileSystem& files, const std::string& path, PathIdentity& identity) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const std::string text = STRATA_TRY(read_at(*file, 0, lock_size_max));
    const Owner owner = parse_owner(text);
    if (owner.process == 0) {
        identity.state = "names no owner";
        return {};
    }
    const char* state = "";
    switch (owner_state(owner)) {
        case OwnerState::running:
            state = "is running";
            break;
        case OwnerState::ended:
            state = "has ended";
            break;
        case OwnerState::elsewhere:
            state = "is on another host";
            break;
    }
    identity.state = fmt::format("last owner {} (process {}{}{}) {}",
                                 owner.program.empty() ? "unnamed" : owner.program, owner.process,
                                 owner.since.empty() ? "" : ", since ", owner.since, state);
    return {};
}

Status identify_unknown(FileSystem& files, const std::string& path, PathIdentity& identity) {
    auto file = STRATA_TRY(files.open(path, OpenMode::read));
    const std::string bytes = STRATA_TRY(read_at(*file, 0, shown_size));
    const bool text = std::ranges::all_of(
        bytes, [](char byte) { return (byte >= ' ' && byte <= '~') || byte == '\n'; });
    std::string shown;
    for (const char byte : bytes) {
        const bool plain = text && byte != '\n';
        shown += plain  ? fmt::format("{}", byte)
                 : text ? " "
                        : fmt::format("{}{:02x}", shown.empty() ? "" : " ",
                                      static_cast<unsigned char>(byte));
    }
    identity.state = fmt::format("begins with {}{}{}", text ? "\"" : "", shown, text ? "\"" : "");
    return {};
}

Status look_closer(FileSystem& files, const std::string& path, PathIdentity& identity) {
    switch (identity.kind) {
        case PathKind::table:
            return identify_table(files, path, identity);
        case PathKind::segment:
            return identify_segment(files, path, identity);
        case PathKind::manifest:
            return identify_manifest(files, path, identity);
        case PathKind::lock:
            return identify_lock(files, path, identity);
        case PathKind::unknown:
            return identify_unknown(files, path, identity);
        case PathKind::directory: {
            identity.state = STRATA_TRY(describe_directory(files, path, identity.damaged));
            break;
        }
        case PathKind::special:
            identity.state = "not a regular file, so it is not read";
            break;
        case PathKind::zeros:
            identity.state = identity.size <= probe_size * probes_max
                                 ? "nothing but zeros"
                                 : fmt::format("zeros in all of {} places", probes_max);
            identity.damaged = kind_by_name(path) != PathKind::unknown;
            break;
        case PathKind::empty:
            identity.damaged = kind_by_name(path) != PathKind::unknown;
            break;
        case PathKind::missing:
        case PathKind::leveldb_table:
        case PathKind::rocksdb_table:
        case PathKind::sqlite:
            identity.state = "by its magic";
            break;
    }
    return {};
}

}  // namespace

const char* path_kind_name(PathKind kind) noexcept {
    switch (kind) {
        case PathKind::missing:
            return "missing";
        case PathKind::directory:
            return "directory";
        case PathKind::special:
            return "special";
        case PathKind::empty:
            return "empty";
        case PathKind::zeros:
            return "zeros";
        case PathKind::table:
            return "table";
        case PathKind::segment:
            return "WAL segment";
        case PathKind::manifest:
            return "manifest";
        case PathKind::lock:
            return "lock";
        case PathKind::leveldb_table:
            return "LevelDB table";
        case PathKind::rocksdb_table:
            return "RocksDB table";
        case PathKind::sqlite:
            return "SQLite database";
        case PathKind::unknown:
            break;
    }
    return "unknown";
}

Result<PathKind> recognize(FileSystem& files, const std::string& path) {
    const auto status = STRATA_TRY(files.status(path));
    return status ? kind_of(files, path, *status) : Result<PathKind>{PathKind::missing};
}

Result<PathIdentity> identify(FileSystem& files, const std::string& path) {
    PathIdentity identity;
    const auto status = STRATA_TRY(files.status(path));
    if (!status) {
        identity.kind = PathKind::missing;
        identity.state = "nothing has this name";
        return identity;
    }
    identity.kind = STRATA_TRY(kind_of(files, path, *status));
    identity.size = status->kind == FileKind::regular ? status->size : 0;
    STRATA_TRY(look_closer(files, path, identity));
    if (identity.damaged) {
        identity.state = identity.state.empty() ? "damaged" : "damaged: " + identity.state;
    }
    return identity;
}

}  // namespace strata
