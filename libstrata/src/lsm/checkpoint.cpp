// SPDX-License-Identifier: Apache-2.0
#include "lsm/checkpoint.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file_name.hpp"
#include "inspect/check.hpp"
#include "inspect/store_files.hpp"
#include "io/file_contents.hpp"
#include "log/reader.hpp"
#include "lsm/opening.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace strata {
namespace {

constexpr std::size_t copy_buffer_size = std::size_t{1} << 20;
constexpr int attempts_max = 10;
constexpr std::chrono::milliseconds first_pause{10};

std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

// One copy on its way.
class Copy {
  public:
    Copy(FileSystem& files, const StoreCapture& capture, const CopyTarget& target)
        : files_{files},
          capture_{capture},
          target_{target},
          final_{without_slashes(target.directory)},
          temporary_{final_ + ".tmp"},
          lock_path_{file_path(temporary_, FileType::lock, 0)} {}

    Result<CheckpointReport> run() {
        const auto start = SteadyClock::now();
        STRATA_TRY(check_target());
        if (auto made = make(); !made) {
            // What stays behind would hold the disk space of tables that the store gives up. An
            // error of the removal says less than the one that led here.
            static_cast<void>(discard().has_value());
            return made.take_error();
        }
        STRATA_TRY(files_.sync_directory(parent_directory(final_)));
        report_.microseconds = microseconds_since(start);
        return report_;
    }

  private:
    Status check_target() {
        if (final_.empty()) {
            return invalid_argument("the directory of the copy has no name");
        }
        const auto status = STRATA_TRY(files_.status(final_));
        if (!status) {
            return {};
        }
        if (!target_.may_be_empty) {
            return invalid_argument("{}: is there already; a checkpoint makes a new directory",
                                    final_);
        }
        if (status->kind != FileKind::directory) {
            return invalid_argument("{}: is there already, and is not a directory", final_);
        }
        const auto names = STRATA_TRY(files_.list(final_));
        if (!names.empty()) {
            return invalid_argument("{}: is not empty: expected a new or empty directory, found {}",
                                    final_, names.front());
        }
        return {};
    }

    // From nothing to the final name.
    Status make() {
        STRATA_TRY(files_.create_directory(temporary_));
        lock_ = STRATA_TRY(files_.lock(lock_path_));
        STRATA_TRY(sweep());
        STRATA_TRY(fill());
        return files_.rename(temporary_, final_);
    }

    // Removes what an earlier attempt left, or nothing when there is anything else.
    Status sweep() {
        const auto names = STRATA_TRY(files_.list(temporary_));
        for (const std::string& name : names) {
            if (parse_file_name(name).type == FileType::unknown) {
                return invalid_argument("{}: holds {}, which no checkpoint writes; move it away",
                                        temporary_, name);
            }
        }
        for (const std::string& name : names) {
            if (parse_file_name(name).type != FileType::lock) {
                STRATA_TRY(files_.unlink(join_path(temporary_, name)));
            }
        }
        return {};
    }

    // Removes all that this attempt made. Without the lock that is the directory, if it is empty:
    // what is in it may be another copy's. The lock file goes last, since whoever finds it free
    // may fill the directory; that makes the removal of the directory fail, as it should.
    Status discard() {
        if (lock_ != nullptr) {
            static_cast<void>(sweep().has_value());  // what it left makes the last call fail
            STRATA_TRY(files_.unlink(lock_path_));
        }
        return files_.remove_directory(temporary_);
    }

    Status fill() {
        for (const RunFacts& run : capture_.manifest.runs) {
            for (const TableFacts& table : run.tables) {
                STRATA_TRY(add_table(table));
            }
        }
        for (std::size_t i = 0; i < capture_.segments.size(); ++i) {
            const SegmentFacts& segment = capture_.manifest.sealed[i];
            const std::string name = file_name(FileType::wal, segment.number);
            STRATA_TRY(copy(*capture_.segments[i], name, segment.length));
            ++report_.segments;
        }
        STRATA_TRY(save_manifest(files_, temporary_, capture_.manifest));
        report_.last_sequence = capture_.manifest.last_sequence;
        if (!capture_.manifest.sealed.empty()) {
            report_.last_sequence = capture_.manifest.sealed.back().last_sequence;
        }
        return target_.check ? verify() : Status{};
    }

    Status add_table(const TableFacts& table) {
        const std::string name = file_name(FileType::table, table.number);
        const std::string source = join_path(capture_.directory, name);
        ++report_.tables;
        if (target_.link_tables) {
            auto linked = files_.link(source, join_path(temporary_, name));
            if (linked) {
                ++report_.tables_linked;
                report_.bytes_linked += table.length;
                return {};
            }
            if (linked.error().code != ErrorCode::unsupported) {
                return linked;
            }
        }
        const auto file = STRATA_TRY(files_.open(source, OpenMode::read));
        return copy(*file, name, table.length);
    }

    Status copy(File& source, const std::string& name, std::uint64_t length) {
        const std::string path = join_path(temporary_, name);
        const auto file = STRATA_TRY(files_.open(path, OpenMode::create_new));
        buffer_.resize(copy_buffer_size);
        for (std::uint64_t at = 0; at < length;) {
            const auto wanted =
                static_cast<std::size_t>(std::min<std::uint64_t>(length - at, buffer_.size()));
            const std::size_t got = STRATA_TRY(source.read(at, {buffer_.data(), wanted}));
            if (got != wanted) {
                return corruption_at(join_path(capture_.directory, name), at + got,
                                     "expected {} bytes in the file, found {}", length, at + got);
            }
            STRATA_TRY(file->write(at, Bytes{buffer_.data(), got}));
            at += got;
        }
        report_.bytes_copied += length;
        return file->sync();
    }

    Status verify() {
        const CheckReport checked = STRATA_TRY(check_store(files_, temporary_, {}));
        if (checked.findings.empty()) {
            return {};
        }
        const Finding& first = checked.findings.front();
        // The copy goes; what is wrong with it, its source has too.
        const bool inside = first.file.starts_with(temporary_);
        const std::string file =
            inside ? capture_.directory + first.file.substr(temporary_.size()) : first.file;
        return make_error(ErrorCode::corruption, "{}: at {}: {}; no copy was made", file,
                          first.offset, first.message);
    }

    FileSystem& files_;
    const StoreCapture& capture_;
    const CopyTarget& target_;
    const std::string final_;
    const std::string temporary_;
    const std::string lock_path_;
    std::unique_ptr<FileLock> lock_;  // two copies into one directory would mix
    std::string buffer_;
    CheckpointReport report_;
};

}  // namespace

Result<StoreCapture> capture_directory(FileSystem& files, const std::string& directory) {
    auto manifest = STRATA_TRY(load_newest_manifest(files, directory));
    if (!manifest) {
        return no_store_error(files, directory);
    }
    STRATA_TRY(check_tables_present(files, directory, *manifest));
    const LogVerdict log = STRATA_TRY(
        read_log(files, directory, log_input(*manifest), [](const LogBatch&) { return Status{}; }));
    StoreCapture capture{.directory = directory, .manifest = std::move(*manifest), .segments = {}};
    Manifest& next = capture.manifest;
    next.sealed.clear();
    next.number = next.next_number;
    for (const ReadSegment& segment : log.segments) {
        next.number = std::max(next.number, segment.number + 1);
        if (segment.operations == 0) {
            continue;
        }
        next.sealed.push_back({.number = segment.number,
                               .key = segment.key,
                               .length = segment.length,
                               .first_sequence = segment.first_sequence,
                               .last_sequence = segment.last_sequence});
        auto file = STRATA_TRY(
            files.open(file_path(directory, FileType::wal, segment.number), OpenMode::read));
        capture.segments.push_back(std::move(file));
    }
    next.next_number = next.number + 1;
    next.time_ms = now_ms();
    next.active = 0;
    next.active_key = 0;
    return capture;
}

Result<CheckpointReport> copy_store(FileSystem& files, const StoreCapture& capture,
                                    const CopyTarget& target) {
    return Copy{files, capture, target}.run();
}

Result<CheckpointReport> copy_directory(FileSystem& files, const std::string& directory,
                                        const CopyTarget& target) {
    const auto status = STRATA_TRY(files.status(directory));
    if (!status || status->kind != FileKind::directory) {
        return no_store_error(files, directory);
    }
    std::chrono::milliseconds pause = first_pause;
    for (int attempt = 1;; ++attempt) {
        const auto before = STRATA_TRY(load_newest_manifest(files, directory));
        if (!before) {
            return no_store_error(files, directory);
        }
        auto capture = capture_directory(files, directory);
        auto copied = capture ? copy_store(files, *capture, target)
                              : Result<CheckpointReport>{capture.take_error()};
        if (copied || (copied.error().code != ErrorCode::not_found &&
                       copied.error().code != ErrorCode::corruption)) {
            return copied;
        }
        // An owner publishes a manifest before it removes what the old one names: with a newer one,
        // files that are gone or changed mean nothing.
        const auto after = STRATA_TRY(load_newest_manifest(files, directory));
        if (attempt == attempts_max || !after || after->number == before->number) {
            return copied;
        }
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

}  // namespace strata
