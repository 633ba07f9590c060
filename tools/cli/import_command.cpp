// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/import_parts.hpp"
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

#include <fmt/format.h>

namespace strata::tools {
namespace {

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
    ~Import() = default;

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
            STRATA_TRY(rejects_.open(*rejects));
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
            const bool full = batch_.encoded().size() >= import_chunk_bytes ||
                              batch_.operations() >= import_chunk_operations;
            return full && !atomic_ ? write_chunk(file_->lines().offset()) : Status{};
        }
        if (rejects_.is_open()) {
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
        if (!*tsv_) {
            // What a server exports says at its end that it is complete.
            const auto end = STRATA_TRY(parse_stream_end(line.text));
            if (end) {
                return {};
            }
        }
        const OwnedRecord record =
            STRATA_TRY(*tsv_ ? parse_tsv_record(line.text) : parse_json_record(line.text));
        const std::size_t size = record.key.size() + record.value.size();
        if (!atomic_ &&
            batch_.encoded().size() + size + import_record_overhead_max > batch_size_max) {
            STRATA_TRY(write_chunk(line.offset));
        }
        STRATA_TRY(record.type == RecordType::del ? batch_.del(record.key)
                                                  : batch_.put(record.key, record.value));
        return {};
    }

    Status reject(const Line& line, const Error& reason) {
        if (rejected_++ < import_reasons_shown) {
            progress_.clear();
            session_.diagnostics().note(fmt::format("{}: line {}, byte {}: rejected: {}",
                                                    shown_name(), line.number, line.offset,
                                                    reason.message));
        }
        STRATA_TRY(rejects_.write(line.text));
        if (line.too_long) {
            Status written;
            STRATA_TRY(file_->lines().skip_rest([this, &written](Bytes piece) {
                if (written) {
                    written = rejects_.write(piece);
                }
            }));
            STRATA_TRY(std::move(written));
        }
        return rejects_.end_line();
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
                                     import_options_text(settings_, rejects_), durable_);
        return error;
    }

    [[nodiscard]] std::string shown_name() const {
        return path_ == "-" ? std::string{"standard input"} : path_;
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
                fmt::format("; {} rejected, see {}", count_of(rejected_, "line"), rejects_.path());
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
    RejectsFile rejects_;
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
    if (invocation.has("from") != invocation.arguments().empty()) {
        return usage_error("import: expected FILE, or --from leveldb:DIR, found {}",
                           invocation.has("from") ? "both" : "neither");
    }
    Result<int> status = 0;
    if (invocation.has("from")) {
        status = run_import_database(session, invocation);
    } else {
        Import import{session, invocation};
        status = import.run();
    }
    if (!status && interrupted()) {
        session.diagnostics().error(status.error());
        return interrupt_status();
    }
    return status;
}

}  // namespace strata::tools
