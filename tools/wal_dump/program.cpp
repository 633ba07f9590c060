// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/program.hpp"

#include "base/file_name.hpp"
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/json.hpp"
#include "entry/operation.hpp"
#include "log/segment_report.hpp"
#include "wal_dump/frame_output.hpp"

#include <strata/store.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace strata::tools {
namespace {

/// The segments of a directory in the order of their numbers, or the file itself.
Result<std::vector<std::string>> segments_at(FileSystem& files, const std::string& path) {
    const auto status = STRATA_TRY(files.status(path));
    if (!status) {
        return fail(ErrorCode::not_found, "{}: no such file", path);
    }
    if (status->kind != FileKind::directory) {
        return std::vector<std::string>{path};
    }
    std::vector<std::pair<std::uint64_t, std::string>> found;
    const auto names = STRATA_TRY(files.list(path));
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::wal) {
            found.emplace_back(parsed.number, path + "/" + name);
        }
    }
    std::ranges::sort(found);
    std::vector<std::string> paths;
    for (auto& [number, segment] : found) {
        paths.push_back(std::move(segment));
    }
    return paths;
}

RecordType record_type(Kind kind) noexcept {
    switch (kind) {
        case Kind::put:
        case Kind::put_expiring:
        case Kind::blob: return RecordType::put;
        case Kind::del: return RecordType::del;
        case Kind::range_del: return RecordType::rangedel;
        case Kind::merge: return RecordType::merge;
    }
    return RecordType::put;
}

class WalDump {
  public:
    WalDump(const WalDumpOptions& options, FileSystem& files, Output& output,
            Diagnostics& diagnostics)
        : options_{options},
          files_{files},
          output_{output},
          diagnostics_{diagnostics},
          records_{output, options.style,
                   RecordFields{.sequence = true, .type = true, .offset = options.offsets}},
          frames_{output, options.style} {}

    int run();

  private:
    struct Verdict {
        const char* word;
        std::optional<std::uint64_t> at;
    };

    int read(const std::string& path);
    Status show(const FrameView& frame);
    void show_records(const FrameView& frame);
    [[nodiscard]] bool wanted(const Entry& entry) const;
    [[nodiscard]] Sequence durable_sequence(const std::string& path, const SegmentReport& report);
    [[nodiscard]] Verdict verdict_of(const SegmentReport& report) const;
    void sum_up(const std::string& path, const SegmentReport& report);
    [[nodiscard]] bool leaves_gap(const SegmentReport& report) const;
    int judge(const std::string& path, const SegmentReport& report);

    const WalDumpOptions& options_;
    FileSystem& files_;
    Output& output_;
    Diagnostics& diagnostics_;
    RecordWriter records_;
    FrameWriter frames_;
    std::optional<SegmentReport> before_{};  ///< the last segment that was read
};

bool WalDump::wanted(const Entry& entry) const {
    return entry.sequence >= options_.from_sequence && entry.sequence < options_.to_sequence &&
           entry.key.substr(0, options_.prefix.size()) == options_.prefix &&
           (options_.limit == 0 || records_.written() < options_.limit);
}

void WalDump::show_records(const FrameView& frame) {
    OperationReader reader{frame.payload};
    Entry entry;
    Sequence sequence = frame.first_sequence;
    while (reader.next(entry)) {
        entry.sequence = sequence++;
        if (!wanted(entry)) {
            continue;
        }
        Record record{.key = entry.key,
                      .sequence = entry.sequence,
                      .type = record_type(entry.kind)};
        if (entry.kind != Kind::del) {
            record.value = entry.value;
        }
        if (options_.offsets) {
            record.offset = frame.offset;
        }
        records_.write(record);
    }
}

/// An error only stops the reading; its cause is known already.
Status WalDump::show(const FrameView& frame) {
    if (output_.failed() || interrupted()) {
        return Error{ErrorCode::closed, "stopped"};
    }
    if (options_.batches && !options_.check) {
        frames_.write(frame);
    } else if (!options_.check && frame.kind == FrameKind::ops) {
        show_records(frame);
    }
    return {};
}

/// The last operation in front of the greatest mark; 0 when there is none.
Sequence WalDump::durable_sequence(const std::string& path, const SegmentReport& report) {
    Sequence last = 0;
    const auto take = [&](const FrameView& frame) -> Status {
        if (frame.offset >= report.mark) {
            return Error{ErrorCode::closed, "enough"};
        }
        if (frame.kind == FrameKind::ops) {
            last = frame.first_sequence + frame.operations - 1;
        }
        return {};
    };
    static_cast<void>(read_segment_file(files_, path, take).has_value());
    return last;
}

/// A segment follows the one read before it when their sequences do.
bool WalDump::leaves_gap(const SegmentReport& report) const {
    if (!before_ || !report.link || !before_->link ||
        before_->header.store != report.header.store) {
        return false;
    }
    const Sequence last =
        before_->operations != 0 ? before_->last_sequence : before_->link->first_sequence - 1;
    return report.link->first_sequence != last + 1;
}

/// "clean", "torn-tail", "damaged" or "gap"; the middle two have a place.
WalDump::Verdict WalDump::verdict_of(const SegmentReport& report) const {
    switch (report.verdict) {
        case SegmentReport::Verdict::damaged: return {"damaged", report.damage_offset};
        case SegmentReport::Verdict::torn_tail: return {"torn-tail", report.end};
        case SegmentReport::Verdict::clean: break;
    }
    return {leaves_gap(report) ? "gap" : "clean", std::nullopt};
}

/// The closing line of a segment, on standard error.
void WalDump::sum_up(const std::string& path, const SegmentReport& report) {
    const Verdict verdict = verdict_of(report);
    const Sequence durable = durable_sequence(path, report);
    const bool damaged = report.verdict == SegmentReport::Verdict::damaged;
    const std::uint64_t torn_bytes = damaged ? 0 : report.dropped_bytes;
    const std::uint64_t damaged_bytes = damaged ? report.dropped_bytes : 0;
    if (!options_.json) {
        const std::string place = verdict.at ? fmt::format("@{}", *verdict.at) : std::string{};
        diagnostics_.note(fmt::format(
            "{}: records {}, batches {}, sequences {}..{}, known durable {}, bytes {} good {} torn "
            "{} damaged, {}{}",
            path, report.operations, report.batches, report.first_sequence, report.last_sequence,
            durable, report.end, torn_bytes, damaged_bytes, verdict.word, place));
        return;
    }
    std::string& out = diagnostics_.output().buffer();
    {
        JsonObject object{out, options_.style.json};
        object.text("segment", path);
        object.number("records", report.operations);
        object.number("batches", report.batches);
        object.big_number("first_seq", report.first_sequence);
        object.big_number("last_seq", report.last_sequence);
        object.big_number("durable_seq", durable);
        object.number("good_bytes", report.end);
        object.number("torn_bytes", torn_bytes);
        object.number("damaged_bytes", damaged_bytes);
        object.text("verdict", verdict.word);
        if (verdict.at) {
            object.number("at", *verdict.at);
        }
    }
    out += '\n';
    diagnostics_.output().flush();
}

int WalDump::judge(const std::string& path, const SegmentReport& report) {
    if (!options_.quiet) {
        sum_up(path, report);
    }
    if (report.verdict == SegmentReport::Verdict::damaged) {
        return diagnostics_.error(Error{ErrorCode::corruption, report.damage});
    }
    std::string oddity;
    if (report.verdict == SegmentReport::Verdict::torn_tail) {
        oddity = fmt::format("{}: torn tail at {}: {} bytes and {} whole frames behind it were "
                             "never synced; recovery drops them",
                             path, report.end, report.dropped_bytes, report.dropped_frames);
    } else if (leaves_gap(report)) {
        oddity = fmt::format("{}: begins with sequence {}, but the segment before it ends with {}",
                             path, report.link->first_sequence, before_->last_sequence);
    }
    if (!oddity.empty() && options_.strict) {
        return diagnostics_.error(Error{ErrorCode::corruption, oddity});
    }
    if (!oddity.empty()) {
        diagnostics_.note(oddity);
    }
    return exit_done;
}

int WalDump::read(const std::string& path) {
    const auto take = [&](const FrameView& frame) { return show(frame); };
    auto report = read_segment_file(files_, path, take);
    if (!report) {
        const bool stopped = output_.failed() || interrupted();
        return stopped ? interrupt_status() : diagnostics_.error(report.error());
    }
    const int status = judge(path, *report);
    before_ = report.take_value();
    return status;
}

int WalDump::run() {
    int worst = exit_done;
    for (const std::string& file : options_.files) {
        const auto paths = segments_at(files_, file);
        if (!paths) {
            worst = std::max(worst, diagnostics_.error(paths.error()));
            continue;
        }
        if (paths->empty()) {
            diagnostics_.note(fmt::format("{}: no WAL segment in this directory", file));
        }
        for (const std::string& path : *paths) {
            if (!output_.failed() && !interrupted()) {
                worst = std::max(worst, read(path));
            }
        }
    }
    if (options_.batches) {
        frames_.finish();
    } else if (!options_.check) {
        records_.finish();
    }
    return worst;
}

}  // namespace

int run_wal_dump(const WalDumpOptions& options, FileSystem& files, Output& output,
                 Diagnostics& diagnostics) {
    if (options.help) {
        output.write(wal_dump_help());
        return exit_done;
    }
    if (options.version) {
        output.write(fmt::format("strata-wal-dump {}\n", version()));
        return exit_done;
    }
    return WalDump{options, files, output, diagnostics}.run();
}

}  // namespace strata::tools
