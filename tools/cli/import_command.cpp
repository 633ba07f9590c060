// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/invocation.hpp"
#include "cli/record_file.hpp"
#include "cli/session.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/progress.hpp"
#include "common/record_parse.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace strata::tools {
namespace {

// One chunk is one batch: written, and synced, at once.
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr std::uint32_t chunk_operations = 10'000;
// Reasons of rejected lines that are shown one by one.
constexpr std::uint64_t reasons_shown = 10;

// A word for a shell's command line.
std::string shell_word(const std::string& text) {
    constexpr std::string_view safe =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
    if (!text.empty() && text.find_first_not_of(safe) == std::string::npos) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return quoted + "'";
}

class Import {
  public:
    Import(Session& session, const Invocation& invocation)
        : session_{session},
          invocation_{invocation},
          settings_{invocation.settings()},
          path_{invocation.argument(0)},
          atomic_{invocation.has("atomic")},
          progress_{session.diagnostics().output(), "import", !settings_.quiet} {}
    Import(const Import&) = delete;
    Import& operator=(const Import&) = delete;
    ~Import() {
        if (rejects_ >= 0) {
            ::close(rejects_);
        }
    }

    Result<int> run() {
        if (path_ == "-" && session_.input_is_script()) {
            return usage_error("import: standard input holds the script; name a FILE");
        }
        STRATA_TRY(open());
        auto finished = read_all();
        progress_.clear();
        if (!finished) {
            return stopped(finished.take_error());
        }
        if (interrupted()) {
            return stopped(fail(ErrorCode::io, "interrupted"));
        }
        report();
        return rejected_ != 0 ? exit_partial : exit_done;
    }

  private:
    Status open() {
        if (const auto form = settings_.format) {
            if (*form != OutputFormat::ndjson && *form != OutputFormat::tsv) {
                return usage_error("import: expected --format ndjson or tsv, found {}",
                                   output_format_name(*form));
            }
            tsv_ = *form == OutputFormat::tsv;
        } else if (settings_.json_words) {
            tsv_ = false;
        }
        const auto resume = STRATA_TRY(invocation_.number_option("resume"));
        resume_ = resume.value_or(0);
        durable_ = resume_;
        file_ = STRATA_TRY(RecordFile::open(path_));
        if (const auto rejects = invocation_.text("rejects")) {
            constexpr mode_t permissions = 0666;
            rejects_path_ = *rejects;
            rejects_ =
                ::open(rejects->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions);
            if (rejects_ < 0) {
                return system_error(*rejects, "open");
            }
        }
        return {};
    }

    Status read_all() {
        LineReader& lines = file_->lines();
        while (!interrupted()) {
            const auto line = STRATA_TRY(lines.next());
            if (!line) {
                break;
            }
            STRATA_TRY(take(*line));
            progress_.update(line->number, lines.offset(), file_->size());
        }
        if (interrupted() && atomic_) {
            return {};
        }
        return write_chunk(lines.offset());
    }

    Status take(const Line& line) {
        if (line.offset < resume_) {
            return skip(line);
        }
        Status added = add(line);
        if (added) {
            const bool full =
                batch_.encoded().size() >= chunk_bytes || batch_.operations() >= chunk_operations;
            return full && !atomic_ ? write_chunk(file_->lines().offset()) : Status{};
        }
        if (rejects_ >= 0) {
            return reject(line, added.error());
        }
        // What came before the line is good, and is not read again.
        if (!atomic_) {
            STRATA_TRY(write_chunk(line.offset));
        }
        return at(fmt::format("{}: line {}, byte {}", shown_name(), line.number, line.offset),
                  added.take_error());
    }

    // Lines before --resume are only counted.
    Status skip(const Line& line) {
        if (line.too_long) {
            STRATA_TRY(file_->lines().skip_rest([](Bytes) {}));
        }
        if (file_->lines().offset() > resume_) {
            resume_missed_ = true;
            return usage_error("--resume {}: no line of {} begins there", resume_, path_);
        }
        return {};
    }

    Status add(const Line& line) {
        if (line.too_long) {
            return RecordFile::too_long();
        }
        if (line.text.find_first_not_of(" \t\r") == Bytes::npos) {
            return {};
        }
        if (!tsv_) {
            tsv_ = line.text[line.text.find_first_not_of(" \t")] != '{';
        }
        const OwnedRecord record =
            STRATA_TRY(*tsv_ ? parse_tsv_record(line.text) : parse_json_record(line.text));
        const std::size_t size = record.key.size() + record.value.size();
        constexpr std::size_t overhead_max = 64;
        // A record that does not fit beside others goes alone.
        if (!atomic_ && batch_.encoded().size() + size + overhead_max > batch_size_max) {
            STRATA_TRY(write_chunk(line.offset));
        }
        STRATA_TRY(record.type == RecordType::del ? batch_.del(record.key)
                                                  : batch_.put(record.key, record.value));
        return {};
    }

    Status reject(const Line& line, const Error& reason) {
        if (rejected_++ < reasons_shown) {
            progress_.clear();
            session_.diagnostics().note(fmt::format("{}: line {}, byte {}: rejected: {}",
                                                    shown_name(), line.number, line.offset,
                                                    reason.message));
        }
        int error = write_all(rejects_, line.text);
        if (line.too_long) {
            STRATA_TRY(file_->lines().skip_rest([this, &error](Bytes piece) {
                error = error != 0 ? error : write_all(rejects_, piece);
            }));
        }
        error = error != 0 ? error : write_all(rejects_, "\n");
        if (error != 0) {
            errno = error;
            return system_error(rejects_path_, "write");
        }
        return {};
    }

    // Everything before `offset` is in the store afterwards.
    Status write_chunk(std::uint64_t offset) {
        if (!batch_.empty()) {
            STRATA_TRY(session_.write(settings_, batch_));
            imported_ += batch_.operations();
            batch_.clear();
        }
        durable_ = offset;
        return {};
    }

    // Says how far it came and how to go on.
    [[nodiscard]] Error stopped(Error error) const {
        if (resume_missed_) {
            return error;
        }
        if (atomic_) {
            error.message += "; nothing was imported";
            return error;
        }
        error.message += fmt::format("; {} imported", count_of(imported_, "record"));
        if (path_ == "-") {
            error.message +=
                fmt::format("; to continue: the same input with --resume {}", durable_);
            return error;
        }
        error.message += fmt::format("; to continue: strata-cli {} import {}{} --resume {}",
                                     shell_word(session_.store_name()), shell_word(path_),
                                     options_text(), durable_);
        return error;
    }

    [[nodiscard]] std::string shown_name() const {
        return path_ == "-" ? std::string{"standard input"} : path_;
    }

    [[nodiscard]] std::string options_text() const {
        std::string text;
        if (settings_.format) {
            text += fmt::format(" -f {}", output_format_name(*settings_.format));
        }
        if (settings_.sync) {
            text += " --sync " + sync_mode_text(*settings_.sync);
        }
        if (!rejects_path_.empty()) {
            text += " --rejects " + shell_word(rejects_path_);
        }
        return text;
    }

    void report() {
        const OutputStyle style = settings_.style(session_.output(), false);
        if (style.format == OutputFormat::json || settings_.json_words) {
            print_facts(session_.output(), style,
                        {{"imported", imported_},
                         {"rejected", rejected_},
                         {"bytes", durable_ - resume_},
                         {"seq", SequenceCell{session_.store().last_sequence()}}});
            return;
        }
        std::string text =
            fmt::format("{} {}, {}", settings_.dry_run ? "checked" : "imported",
                        count_of(imported_, "record"), count_of(durable_ - resume_, "byte"));
        if (rejected_ != 0) {
            text +=
                fmt::format("; {} rejected, see {}", count_of(rejected_, "line"), rejects_path_);
        }
        session_.diagnostics().note(text);
    }

    Session& session_;
    const Invocation& invocation_;
    const Settings& settings_;
    std::string path_;
    bool atomic_;
    Progress progress_;
    std::optional<bool> tsv_;
    std::unique_ptr<RecordFile> file_;
    std::string rejects_path_;
    int rejects_ = -1;
    Batch batch_;
    std::uint64_t resume_ = 0;
    bool resume_missed_ = false;
    std::uint64_t durable_ = 0;  // offset behind the last line that is in the store
    std::uint64_t imported_ = 0;
    std::uint64_t rejected_ = 0;
};

}  // namespace

Result<int> run_import(Session& session, const Invocation& invocation) {
    if (session.transaction() != nullptr) {
        return usage_error("import: a transaction is open; commit or rollback it first");
    }
    Import import{session, invocation};
    auto status = import.run();
    if (!status && interrupted()) {
        session.diagnostics().error(status.error());
        return interrupt_status();
    }
    return status;
}

}  // namespace strata::tools
