// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file_name.hpp"
#include "io/file_contents.hpp"
#include "lsm/repair_merge.hpp"
#include "lsm/repair_sources.hpp"
#include "version/manifest_file.hpp"

#include <strata/repair.hpp>
#include <strata/store.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace strata {
namespace {

/// Of a last run, as a store of default options has it.
constexpr unsigned filter_bits = 9;
constexpr std::size_t shown_key_max = 40;

/// A path without "." and empty parts and without a slash at its end.
std::string normal(const std::string& path) {
    std::string result = path.starts_with('/') ? "/" : "";
    std::size_t at = 0;
    while (at < path.size()) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string part = path.substr(at, end - at);
        if (!part.empty() && part != ".") {
            result += result.empty() || result.ends_with('/') ? part : "/" + part;
        }
        at = end + 1;
    }
    return result;
}

/// A key in a sentence: printable, and not too long.
std::string shown(const std::optional<std::string>& key, const char* otherwise) {
    if (!key) {
        return otherwise;
    }
    std::string text;
    for (const char c : *key) {
        if (text.size() >= shown_key_max) {
            return text + "...";
        }
        if (c > ' ' && c < 0x7f && c != '\\') {
            text += c;
        } else {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return text;
}

bool loses_records(const RepairLoss& loss) {
    return loss.kind != "torn-tail" && loss.sequence_to != 0 && loss.records_max != 0U;
}

/// Adds up what was lost. Blocks of one table share their number.
class Verdict {
  public:
    explicit Verdict(const RepairReport& report) : report_{report} {
        for (const RepairLoss& loss : report.losses) {
            if (loses_records(loss)) {
                add(loss);
            }
        }
    }
    [[nodiscard]] bool complete() const { return !lost_; }
    [[nodiscard]] std::string text() const {
        if (lost_) {
            const std::string many =
                known_ ? fmt::format("at most {} record{}", records_, records_ == 1 ? "" : "s")
                       : "an unknown number of records";
            const std::string where =
                from_ || to_ ? fmt::format(" between {} and {}", shown(from_, "the first key"),
                                           shown(to_, "the last key"))
                             : ", of any key";
            return fmt::format("lost {}{}", many, where);
        }
        for (const RepairLoss& loss : report_.losses) {
            if (loss.kind == "torn-tail") {
                return fmt::format("complete up to a torn tail of {} bytes, {} at {}", loss.size,
                                   loss.file, loss.offset);
            }
        }
        return report_.manifest.empty()
                   ? "complete as far as tables and log tell; no manifest says what there was"
               : report_.newest_manifest
                   ? "complete"
                   : "complete as far as an older manifest, tables and log tell";
    }

  private:
    void add(const RepairLoss& loss) {
        if (loss.kind != "block" || tables_.insert(loss.file).second) {
            records_ += loss.records_max.value_or(0);
            known_ = known_ && loss.records_max;
        }
        if (!lost_) {
            from_ = loss.key_from;
            to_ = loss.key_to;
        }
        from_ = from_ && loss.key_from ? std::min(from_, loss.key_from) : std::nullopt;
        to_ = to_ && loss.key_to ? std::max(to_, loss.key_to) : std::nullopt;
        lost_ = true;
    }

    const RepairReport& report_;
    bool lost_ = false;
    bool known_ = true;
    std::uint64_t records_ = 0;
    std::set<std::string> tables_{};  ///< whose blocks were counted
    std::optional<std::string> from_{};
    std::optional<std::string> to_{};
};

class Repair {
  public:
    Repair(std::string directory, const RepairOptions& options)
        : directory_{std::move(directory)},
          options_{options},
          files_{options.file_system ? options.file_system : posix_file_system()} {}

    Result<RepairReport> run() {
        STRATA_TRY(check_places());
        STRATA_TRY(hold_source());
        RepairSources sources = STRATA_TRY(gather_sources(*files_, directory_, report_));
        Status done = options_.dry_run ? RepairMerge{sources, options_, nullptr, report_}.run()
                                       : write(sources);
        if (!done) {
            return done.take_error();
        }
        report_.last_sequence = sources.last_sequence;
        const Verdict verdict{report_};
        report_.complete = verdict.complete();
        report_.verdict = verdict.text();
        return std::move(report_);
    }

  private:
    Status check_places() {
        const auto source = STRATA_TRY(files_->status(directory_));
        if (!source || source->kind != FileKind::directory) {
            return make_error(ErrorCode::not_found, "{}: no such directory", directory_);
        }
        if (options_.dry_run) {
            return {};
        }
        if (options_.out.empty()) {
            return invalid_argument("repair needs a directory for the new store");
        }
        const std::string inside = normal(directory_) + "/";
        if ((normal(options_.out) + "/").starts_with(inside)) {
            return invalid_argument(
                "{}: lies in the store that is repaired, which is not changed; "
                "name a directory elsewhere",
                options_.out);
        }
        const auto target = STRATA_TRY(files_->status(options_.out));
        if (!target) {
            return {};
        }
        if (target->kind != FileKind::directory) {
            return invalid_argument("{}: is not a directory; name one that is new or empty",
                                    options_.out);
        }
        const auto names = STRATA_TRY(files_->list(options_.out));
        if (!names.empty()) {
            return invalid_argument(
                "{}: is not empty; nothing is overwritten, name a new directory", options_.out);
        }
        return {};
    }

    /// Keeps owners away meanwhile, as far as that takes no write: a missing LOCK is not created.
    Status hold_source() {
        const std::string path = file_path(directory_, FileType::lock, 0);
        const auto status = STRATA_TRY(files_->status(path));
        if (!status) {
            return {};
        }
        auto lock = files_->lock(path);
        if (lock) {
            lock_ = lock.take_value();
        } else if (lock.error().code == ErrorCode::busy) {
            return make_error(ErrorCode::busy, "{}; repair reads a store that nobody has open",
                              lock.error().message);
        }
        return {};  // A medium that cannot be written has no owner.
    }

    Status write(RepairSources& sources) {
        const auto before = STRATA_TRY(files_->status(options_.out));
        if (!before) {
            STRATA_TRY(files_->create_directory(options_.out));
        }
        SinkOptions sink_options;
        sink_options.files = files_;
        sink_options.directory = options_.out;
        store_ = StoreId::random();
        sink_options.table.store_id = store_;
        sink_options.table.codec = Compression::lz4;
        sink_options.table.filter_bits = filter_bits;
        sink_options.table.writer = fmt::format("strata {} repair", version());
        sink_options.next_number = [this] { return next_number_++; };
        TableSink sink{std::move(sink_options)};
        Status written = RepairMerge{sources, options_, &sink, report_}.run();
        if (written) {
            written = finish(sources, sink);
        }
        if (!written) {
            sink.abandon();
        }
        return written;
    }

    /// The manifest comes last: without it the directory is no store.
    Status finish(const RepairSources& sources, TableSink& sink) {
        std::vector<TableFacts> tables = STRATA_TRY(sink.finish());
        report_.bytes_written = sink.bytes_written();
        Manifest manifest;
        manifest.store = store_;
        manifest.number = next_number_++;
        manifest.next_number = next_number_;
        manifest.last_sequence = sources.last_sequence;
        manifest.time_ms = now_ms();
        manifest.repaired = true;
        if (!tables.empty()) {
            manifest.runs.push_back({.tier = tier_last, .tables = std::move(tables)});
        }
        manifest.set_history_floor(sources.last_sequence);
        manifest.properties.emplace_back("repaired.from", sources.store.to_hex());
        STRATA_TRY(files_->sync_directory(parent_directory(normal(options_.out))));
        return save_manifest(*files_, options_.out, manifest);
    }

    std::string directory_;
    const RepairOptions& options_;
    std::shared_ptr<FileSystem> files_;
    std::unique_ptr<FileLock> lock_{};
    StoreId store_{};
    std::uint64_t next_number_ = 1;
    RepairReport report_{};
};

}  // namespace

Result<RepairReport> repair_directory(const std::string& directory, const RepairOptions& options) {
    return Repair{directory, options}.run();
}

}  // namespace strata
