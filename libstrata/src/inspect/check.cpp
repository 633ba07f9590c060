// SPDX-License-Identifier: Apache-2.0
#include "inspect/check.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "inspect/store_files.hpp"
#include "log/reader.hpp"
#include "table/verify.hpp"
#include "version/manifest_file.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace strata {
namespace {

constexpr int attempts_max = 10;
constexpr std::chrono::milliseconds first_pause{10};

void add_error(CheckReport& report, const std::string& file, const Error& error) {
    report.findings.push_back({.file = file, .offset = 0, .message = error.message});
}

void check_log(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
               CheckReport& report) {
    auto verdict = read_log(file_system, directory, log_input(manifest),
                            [](const LogBatch&) { return Status{}; });
    if (!verdict) {
        add_error(report, directory, verdict.error());
        return;
    }
    report.files += verdict->segments.size();
    report.entries += verdict->operations;
    report.bytes += verdict->bytes;
    if (verdict->torn) {
        report.notes.push_back(
            fmt::format("{}: at {}: torn tail of {} bytes, as an interrupted write leaves it; the "
                        "next open drops it",
                        verdict->torn_path, verdict->torn_offset, verdict->torn_bytes));
    }
}

CheckReport check_once(FileSystem& file_system, const std::string& directory,
                       const Manifest& manifest, const CheckOptions& options) {
    CheckReport report;
    report.files = 1;
    for (const RunFacts& run : manifest.runs) {
        for (const TableFacts& facts : run.tables) {
            const std::string path = file_path(directory, FileType::table, facts.number);
            const TableExpectation expected{
                .identity = {.number = facts.number, .footer_check = facts.footer_check},
                .facts = facts};
            if (auto verified = verify_table(file_system, path, expected, options, report);
                !verified) {
                add_error(report, path, verified.error());
            }
        }
    }
    check_log(file_system, directory, manifest, report);
    return report;
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
                                const CheckOptions& options) {
    std::chrono::milliseconds pause = first_pause;
    for (int attempt = 1;; ++attempt) {
        auto manifest = load_newest_manifest(file_system, directory);
        CheckReport report;
        if (!manifest) {
            if (manifest.error().code != ErrorCode::corruption) {
                return manifest.take_error();
            }
            add_error(report, directory, manifest.error());
            return report;
        }
        if (!*manifest) {
            return make_error(ErrorCode::not_found, "{}: no store: it holds no manifest",
                              directory);
        }
        report = check_once(file_system, directory, **manifest, options);
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
