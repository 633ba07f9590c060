// SPDX-License-Identifier: Apache-2.0
#include "inspect/check.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "base/finding.hpp"
#include "base/mutex.hpp"
#include "inspect/log_survey.hpp"
#include "inspect/store_files.hpp"
#include "inspect/table_check.hpp"
#include "log/reader.hpp"
#include "version/manifest_file.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

namespace strata {
namespace {

constexpr int attempts_max = 10;
constexpr std::size_t threads_max = 4;
constexpr std::chrono::milliseconds first_pause{10};

void add_error(CheckReport& report, const std::string& file, const Error& error) {
    report.findings.push_back(finding_anywhere(file, error));
}

/// Progress over the whole store, from files that are read side by side. Thread-safe.
class Meter {
  public:
    Meter(const CheckOptions& options, const Manifest& manifest) : options_{options} {
        for (const RunFacts& run : manifest.runs) {
            for (const TableFacts& table : run.tables) {
                total_ += options.full ? table.length : 0;
            }
        }
        for (const SegmentFacts& segment : manifest.sealed) {
            total_ += segment.length;
        }
    }
    [[nodiscard]] const CheckOptions& options() const noexcept { return options_; }

    void advance(std::uint64_t bytes) {
        if (options_.progress && bytes != 0) {
            const MutexLock lock{mutex_};
            done_ += bytes;
            options_.progress(done_, total_);
        }
    }

  private:
    const CheckOptions& options_;
    std::uint64_t total_ = 0;
    Mutex mutex_;  ///< held while the caller is told
    std::uint64_t done_ STRATA_GUARDED_BY(mutex_) = 0;
};

/// What could still be read of a log that recovery refuses.
void note_readable(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
                   CheckReport& report) {
    const LogSurveyInput input{
        .store = manifest.store, .manifest = &manifest, .last_in_tables = manifest.last_sequence};
    const auto survey =
        survey_log(file_system, directory, input, [](const SurveyedBatch&) { return Status{}; });
    if (!survey) {
        return;
    }
    for (const LogGap& gap : survey->gaps) {
        const std::string lost =
            gap.last == sequence_max
                ? fmt::format("operations from sequence {} on are lost", gap.first)
                : fmt::format("the operations {} to {} are lost", gap.first, gap.last);
        Finding& last = report.findings.back();
        if (last.file == gap.file && last.offset == gap.begin) {
            last.message += "; " + lost;
            continue;
        }
        report.findings.push_back(
            {.file = gap.file, .offset = gap.begin, .message = gap.message + "; " + lost});
    }
    if (survey->operations == 0) {
        return;
    }
    report.notes.push_back(fmt::format(
        "{}: {} operations of the log verify by themselves; repair reads them, those behind the "
        "damage too ({} batches)",
        directory, survey->operations, survey->batches_behind_gap));
}

Status check_log(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
                 CheckReport& report) {
    auto verdict = read_log(file_system, directory, log_input(manifest),
                            [](const LogBatch&) { return Status{}; });
    if (!verdict) {
        if (verdict.error().code == ErrorCode::unsupported) {
            return verdict.take_error();
        }
        add_error(report, directory, verdict.error());
        if (verdict.error().code == ErrorCode::corruption) {
            note_readable(file_system, directory, manifest, report);
        }
        return {};
    }
    report.files += verdict->segments.size();
    report.entries += verdict->operations;
    report.bytes += verdict->bytes;
    report.torn_tail = verdict->torn;
    if (verdict->torn) {
        report.notes.push_back(
            fmt::format("{}: at {}: torn tail of {} bytes, as an interrupted write leaves it; the "
                        "next open drops it",
                        verdict->torn_path, verdict->torn_offset, verdict->torn_bytes));
    }
    return {};
}

Status check_one(FileSystem& file_system, const std::string& path, const TableFacts& facts,
                 const CheckOptions& options, CheckReport& report) {
    const TableExpectation expected{
        .identity = {.number = facts.number, .footer_check = facts.footer_check}, .facts = facts};
    auto verified = check_table_against(file_system, path, expected, options, report);
    if (!verified && verified.error().code == ErrorCode::unsupported) {
        return verified;
    }
    if (!verified && verified.error().code == ErrorCode::not_found) {
        report.findings.push_back(
            {.file = path, .message = "the manifest names this table, but it is missing"});
    } else if (!verified) {
        add_error(report, path, verified.error());
    }
    return {};
}

/// What became of a table or of the log.
struct Part {
    CheckReport report{};
    Status status{};  ///< an error: it is of a later format, so nothing can be said of the store
};

void add_report(const CheckReport& part, CheckReport& to) {
    to.files += part.files;
    to.blocks += part.blocks;
    to.entries += part.entries;
    to.bytes += part.bytes;
    to.torn_tail = to.torn_tail || part.torn_tail;
    to.findings.insert(to.findings.end(), part.findings.begin(), part.findings.end());
    to.notes.insert(to.notes.end(), part.notes.begin(), part.notes.end());
}

/// Checks all that a manifest names: a few threads, the caller's among them, take one table after
/// the other, and the log last. Each has a report of its own, so what is said stands in the order
/// of the manifest whoever found it.
class CheckRound {
  public:
    CheckRound(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
               const CheckOptions& options)
        : file_system_{file_system},
          directory_{directory},
          manifest_{manifest},
          meter_{options, manifest} {
        for (const RunFacts& run : manifest.runs) {
            for (const TableFacts& facts : run.tables) {
                tables_.push_back(&facts);
            }
        }
        parts_.resize(tables_.size() + 1);
    }

    Result<CheckReport> run(std::size_t threads);

  private:
    void work();
    Status check_table(const TableFacts& facts, CheckReport& report);

    FileSystem& file_system_;
    const std::string& directory_;
    const Manifest& manifest_;
    Meter meter_;
    std::vector<const TableFacts*> tables_;
    std::vector<Part> parts_;  ///< of each table, then of the log; whoever took it writes it
    std::atomic<std::size_t> next_{0};
};

Result<CheckReport> CheckRound::run(std::size_t threads) {
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < std::min(parts_.size(), threads); ++i) {
        helpers.emplace_back([this] { work(); });
    }
    work();
    for (std::thread& helper : helpers) {
        helper.join();
    }
    CheckReport report;
    report.files = 1;
    for (Part& part : parts_) {
        if (!part.status) {
            return part.status.take_error();
        }
        add_report(part.report, report);
    }
    return report;
}

void CheckRound::work() {
    for (std::size_t i = next_++; i < parts_.size(); i = next_++) {
        if (i < tables_.size()) {
            parts_[i].status = check_table(*tables_[i], parts_[i].report);
            continue;
        }
        parts_[i].status = check_log(file_system_, directory_, manifest_, parts_[i].report);
        for (const SegmentFacts& segment : manifest_.sealed) {
            meter_.advance(segment.length);
        }
    }
}

Status CheckRound::check_table(const TableFacts& facts, CheckReport& report) {
    std::uint64_t told = 0;
    const CheckOptions options{
        .full = meter_.options().full,
        // A file may be longer than the manifest says, which is a finding.
        .progress = [this, &told, &facts](std::uint64_t done, std::uint64_t /*of_file*/) {
            const std::uint64_t now = std::min(done, facts.length);
            meter_.advance(now - told);
            told = now;
        }};
    Status status = check_one(file_system_, file_path(directory_, FileType::table, facts.number),
                              facts, options, report);
    if (options.full) {
        meter_.advance(facts.length - told);
    }
    return status;
}

void add_notes(FileSystem& file_system, const std::string& directory, CheckReport& report) {
    const auto files = list_files(file_system, directory);
    if (!files) {
        return;
    }
    for (const FileInfo& file : *files) {
        if (file.role == "orphan" || file.role == "unknown") {
            report.notes.push_back(
                fmt::format("{}/{}: {} file of {} bytes; the manifest does not name it", directory,
                            file.name, file.role, file.size));
        }
    }
}

}  // namespace

Result<CheckReport> check_store(FileSystem& file_system, const std::string& directory,
                                const CheckOptions& options, std::size_t threads) {
    if (threads == 0) {
        threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, threads_max);
    }
    std::chrono::milliseconds pause = first_pause;
    for (int attempt = 1;; ++attempt) {
        auto manifest = load_newest_manifest(file_system, directory);
        CheckReport report;
        if (!manifest) {
            if (manifest.error().code != ErrorCode::corruption) {
                return manifest.take_error();
            }
            add_error(report, directory, manifest.error());
            report.files = 1;
            add_notes(file_system, directory, report);
            return report;
        }
        if (!*manifest) {
            return make_error(ErrorCode::not_found, "{}: no store: it holds no manifest",
                              directory);
        }
        CheckRound round{file_system, directory, **manifest, options};
        report = STRATA_TRY(round.run(threads));
        if (report.findings.empty() || attempt == attempts_max) {
            add_notes(file_system, directory, report);
            return report;
        }
        // Damage is only damage when the owner, if there is one, did not replace what was read.
        const auto newest = load_newest_manifest(file_system, directory);
        if (newest && *newest && (*newest)->number == (*manifest)->number) {
            add_notes(file_system, directory, report);
            return report;
        }
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

}  // namespace strata
