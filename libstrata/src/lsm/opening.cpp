// SPDX-License-Identifier: Apache-2.0
#include "lsm/opening.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "inspect/store_files.hpp"
#include "io/file_contents.hpp"
#include "io/owner.hpp"
#include "lsm/recovery.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

namespace strata {
namespace {

constexpr std::chrono::milliseconds lock_poll{10};
constexpr std::size_t memtable_size_min = 512;
constexpr std::size_t memtable_size_max = std::size_t{64} << 20;

// The opening of one directory, step by step.
class Opening {
  public:
    Opening(std::string directory, const Options& options, std::size_t memtable_size)
        : directory_{std::move(directory)},
          options_{options},
          memtable_size_{memtable_size},
          files_{file_system_of(options)} {}

    Result<Opened> run() {
        const auto start = SteadyClock::now();
        STRATA_TRY(prepare_directory());
        STRATA_TRY(take_lock());
        STRATA_TRY(find_or_create());
        STRATA_TRY(recover_log());
        STRATA_TRY(commit_recovery());
        sweep();
        opened_.report.microseconds = microseconds_since(start);
        return std::move(opened_);
    }

  private:
    // Creates a missing directory, and refuses one that holds other things than a store before
    // anything is written into it.
    Status prepare_directory() {
        const auto status = STRATA_TRY(files_->status(directory_));
        if (!status) {
            if (!options_.create) {
                return no_store_error(*files_, directory_);
            }
            STRATA_TRY(files_->create_directory(directory_));
            return files_->sync_directory(parent_directory(directory_));
        }
        if (status->kind != FileKind::directory) {
            return no_store_error(*files_, directory_);
        }
        const auto contents = STRATA_TRY(list_store(*files_, directory_));
        if (contents.has_manifest || contents.has_data) {
            return {};
        }
        const bool foreign = std::any_of(
            contents.names.begin(), contents.names.end(),
            [](const auto& name) { return parse_file_name(name).type == FileType::unknown; });
        if (!options_.create || foreign) {
            return no_store_error(*files_, directory_);
        }
        return {};
    }

    Status take_lock() {
        const auto deadline = SteadyClock::now() + options_.wait_lock;
        while (true) {
            auto lock = files_->lock(file_path(directory_, FileType::lock, 0));
            if (lock) {
                opened_.lock = std::move(*lock);
                return opened_.lock->write_text(owner_text());
            }
            if (lock.error().code != ErrorCode::busy || SteadyClock::now() >= deadline) {
                return lock.take_error();
            }
            std::this_thread::sleep_for(lock_poll);
        }
    }

    Status find_or_create() {
        STRATA_TRY(files_->sync_directory(directory_));
        contents_ = STRATA_TRY(list_store(*files_, directory_));
        if (!contents_.has_manifest) {
            if (contents_.has_data) {
                return make_error(
                    ErrorCode::corruption,
                    "{}: holds tables or log segments, but no manifest that says which "
                    "are live",
                    directory_);
            }
            STRATA_TRY(create());
            contents_ = STRATA_TRY(list_store(*files_, directory_));
        } else if (options_.must_not_exist) {
            return invalid_argument("{}: a store is already there", directory_);
        }
        auto manifest = STRATA_TRY(load_newest_manifest(*files_, directory_));
        manifest_ = std::move(*manifest);
        return check_tables_present(*files_, directory_, manifest_);
    }

    Status create() {
        STRATA_TRY(files_->sync_directory(parent_directory(directory_)));
        Manifest manifest;
        manifest.store = StoreId::random();
        // A crash while creating may have left a temporary file with a number.
        manifest.number = contents_.greatest_number + 1;
        manifest.next_number = manifest.number + 1;
        manifest.time_ms = now_ms();
        opened_.report.created = true;
        return save_manifest(*files_, directory_, manifest);
    }

    Status recover_log() {
        auto recovered =
            STRATA_TRY(recover(*files_, directory_, manifest_, {.memtable_size = memtable_size_}));
        const bool created = opened_.report.created;
        opened_.report = recovered.report;
        opened_.report.created = created;
        log_ = std::move(recovered.log);
        memtables_ = std::move(recovered.memtables);
        return {};
    }

    Status commit_recovery() {
        opened_.core =
            std::make_unique<StoreCore>(StoreCore::Config{.file_system = files_,
                                                          .directory = directory_,
                                                          .options = options_,
                                                          .memtable_size = memtable_size_,
                                                          .store = manifest_.store});
        StoreCore& core = *opened_.core;
        core.set_next_number(std::max(manifest_.next_number, contents_.greatest_number + 1));
        std::vector<SegmentFacts> sealed;
        for (const ReadSegment& segment : log_.segments) {
            if (segment.operations > 0) {
                sealed.push_back({.number = segment.number,
                                  .key = segment.key,
                                  .length = segment.length,
                                  .first_sequence = segment.first_sequence,
                                  .last_sequence = segment.last_sequence});
            }
        }
        const Sequence last = log_.last_sequence;
        STRATA_TRY(core.log.start(std::move(sealed), last));
        Manifest next = manifest_;
        next.number = core.next_number();
        next.next_number = next.number + 1;
        next.time_ms = now_ms();
        core.log.describe(next);
        if (auto saved = save_manifest(*files_, directory_, next); !saved) {
            if (saved.error().code == ErrorCode::no_space) {
                // Nothing names the fresh segment; left behind, it would keep the disk full. When
                // it cannot be removed, the sweep of a later open does.
                const std::uint64_t fresh = core.log.active_number();
                static_cast<void>(
                    files_->unlink(file_path(directory_, FileType::wal, fresh)).has_value());
            }
            return saved;
        }

        opened_.active = std::make_shared<Memtable>(last, memtable_size_);
        core.visible.store(last);
        ReadView view;
        view.active = opened_.active;
        view.sealed = std::move(memtables_);
        view.version = std::make_shared<const Version>(next.runs, core.tables());
        view.history_floor = next.history_floor();
        saved_ = next;
        core.start(std::move(next), manifest_.number, std::move(view));
        return {};
    }

    // Removes what the manifest does not name. Failing to is no reason not to open.
    void sweep() {
        std::set<std::uint64_t> live = live_numbers(saved_);
        live.insert(manifest_.number);
        for (const std::string& name : contents_.names) {
            const FileName parsed = parse_file_name(name);
            if (parsed.type == FileType::unknown) {
                opened_.report.unknown_files.push_back(name);
                continue;
            }
            const bool temporary = parsed.type == FileType::manifest_temporary;
            if (parsed.type != FileType::lock && (temporary || !live.contains(parsed.number)) &&
                files_->unlink(directory_ + "/" + name)) {
                ++opened_.report.files_removed;
            }
        }
    }

    const std::string directory_;
    const Options& options_;
    const std::size_t memtable_size_;
    std::shared_ptr<FileSystem> files_;
    DirectoryContents contents_;
    Manifest manifest_;  // as found
    Manifest saved_;     // as committed
    LogVerdict log_;
    std::vector<SealedMemtable> memtables_;
    Opened opened_;
};

}  // namespace

std::shared_ptr<FileSystem> file_system_of(const Options& options) {
    return options.file_system ? options.file_system : posix_file_system();
}

Error no_store_error(FileSystem& file_system, const std::string& directory) {
    constexpr const char* hint =
        "a store is created by opening a new or empty directory for writing";
    auto status = file_system.status(directory);
    if (!status) {
        return status.take_error();
    }
    if (!*status) {
        return make_error(ErrorCode::not_found, "{}: no such directory; {}", directory, hint);
    }
    if ((*status)->kind != FileKind::directory) {
        return make_error(ErrorCode::not_found, "{}: not a directory, so not a store; {}",
                          directory, hint);
    }
    auto names = file_system.list(directory);
    if (!names) {
        return names.take_error();
    }
    return make_error(ErrorCode::not_found, "{}: not a store: {}; {}", directory,
                      names->empty() ? "it is empty" : "it holds other files and no manifest",
                      hint);
}

Result<std::size_t> check_options(const Options& options) {
    if (options.block_size < 256 || options.block_size > std::size_t{1} << 20) {
        return invalid_argument("block_size is {}, not from 256 to 1048576 bytes",
                                options.block_size);
    }
    if (options.filter_bits > 32) {
        return invalid_argument("filter_bits is {}, not from 0 to 32", options.filter_bits);
    }
    if (!(options.space_amp >= 1.05 && options.space_amp <= 10)) {
        return invalid_argument("space_amp is {}, not from 1.05 to 10", options.space_amp);
    }
    if (options.workers > 64) {
        return invalid_argument("workers is {}, not from 0 to 64", options.workers);
    }
    if (!options.memtable_size) {
        return std::clamp(options.memory / 8, memtable_size_min, memtable_size_max);
    }
    if (*options.memtable_size < memtable_size_min || *options.memtable_size > memtable_size_max) {
        return invalid_argument("memtable_size is {}, not from {} to {} bytes",
                                *options.memtable_size, memtable_size_min, memtable_size_max);
    }
    return *options.memtable_size;
}

Result<Opened> open_directory(const std::string& directory, const Options& options) {
    const std::size_t memtable_size = STRATA_TRY(check_options(options));
    return Opening{directory, options, memtable_size}.run();
}

}  // namespace strata
