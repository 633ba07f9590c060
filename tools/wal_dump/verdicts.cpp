// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/verdicts.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/json.hpp"
#include "common/units.hpp"
#include "io/file_contents.hpp"
#include "wal_dump/row_writer.hpp"

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::string_view unfinished = "unfinished";
constexpr int rank_live = 1;
constexpr int rank_torn = 2;
constexpr int rank_gap = 3;
constexpr int rank_damaged = 4;

std::string place_text(const std::optional<std::uint64_t>& at) {
    return at ? fmt::format("@{}", *at) : std::string{};
}

std::string sequence_text(Sequence sequence) {
    return sequence == 0 ? "none" : fmt::format("{}", sequence);
}

std::string sequences_text(Sequence first, Sequence last) {
    return last == 0 ? "none" : fmt::format("{}..{}", first, last);
}

/// What shows that nothing of a torn tail was promised to anybody.
std::string evidence(const SegmentReport& report) {
    if (report.mark == 0) {
        return "no frame says that anything of this segment was durable";
    }
    return fmt::format(
        "the frame at {} was written when everything before {} was durable, and no "
        "frame says that more was",
        report.mark_offset, report.mark);
}

}  // namespace

Verdicts::Verdict Verdicts::facts_of(LogFeed& feed) const {
    const SegmentReport report = feed.report();
    return {.path = feed.segment().path(),
            .records = report.operations,
            .batches = report.batches,
            .first = report.first_sequence,
            .last = report.last_sequence,
            .durable = feed.durable_sequence(),
            .good = report.good_bytes};
}

void Verdicts::oddity(const std::string& text) {
    if (options_.strict) {
        raise(diagnostics_.error(Error{ErrorCode::corruption, text}));
    } else {
        diagnostics_.note(text);
    }
}

void Verdicts::judge(Verdict& verdict, const SegmentReport& report, bool last) {
    if (report.verdict == SegmentReport::Verdict::damaged) {
        verdict.word = "damaged";
        verdict.rank = rank_damaged;
        verdict.at = report.damage_offset;
        verdict.damaged = report.dropped_bytes;
        damage_ = true;
        const bool more = report.dropped_frames != 0 && options_.on_error != OnError::skip;
        raise(diagnostics_.error(
            Error{ErrorCode::corruption,
                  more ? fmt::format("{}; --on-error skip shows the {} behind it", report.damage,
                                     count_of(report.dropped_frames, "whole frame"))
                       : report.damage}));
        return;
    }
    if (report.verdict != SegmentReport::Verdict::torn_tail) {
        return;
    }
    verdict.at = report.end;
    verdict.torn = report.dropped_bytes;
    const auto owner = last ? owner_of_(parent_directory(verdict.path)) : std::nullopt;
    if (owner) {
        verdict.word = "live";
        verdict.rank = rank_live;
        diagnostics_.note(
            fmt::format("{}: at {}: the last frame is not complete yet: {} holds the "
                        "store",
                        verdict.path, report.end, *owner));
        return;
    }
    verdict.word = "torn-tail";
    verdict.rank = rank_torn;
    const std::string frames =
        report.dropped_frames == 0
            ? ""
            : fmt::format(", {} among them,", count_of(report.dropped_frames, "whole frame"));
    oddity(fmt::format("{}: torn tail at {}: {}{} were never synced, and recovery drops them: {}",
                       verdict.path, report.end, count_of(report.dropped_bytes, "byte"), frames,
                       evidence(report)));
}

void Verdicts::add(LogFeed& feed, bool last) {
    Verdict verdict = facts_of(feed);
    if (std::exchange(gap_, false)) {
        verdict.word = "gap";
        verdict.rank = rank_gap;
    }
    judge(verdict, feed.report(), last);
    keep(std::move(verdict));
}

void Verdicts::add_unfinished(LogFeed& feed) {
    Verdict verdict = facts_of(feed);
    verdict.word = unfinished;
    keep(std::move(verdict));
}

void Verdicts::add_foreign(Verdict verdict) {
    verdict.rank = verdict.word == "damaged"     ? rank_damaged
                   : verdict.word == "torn-tail" ? rank_torn
                   : verdict.word == "live"      ? rank_live
                                                 : 0;
    keep(std::move(verdict));
}

void Verdicts::damage(const Error& error) {
    damage_ = true;
    raise(diagnostics_.error(error));
}

void Verdicts::gap(const std::string& note) {
    gap_ = true;
    oddity(note);
}

void Verdicts::problem(const std::string& path, const Error& error) {
    raise(diagnostics_.error(error));
    damage_ = true;
    const bool corrupt = error.code == ErrorCode::corruption;
    keep({.path = path,
          .word = corrupt ? "damaged" : "unreadable",
          .rank = rank_damaged,
          .at = corrupt ? std::optional<std::uint64_t>{0} : std::nullopt,
          .unread = true});
}

void Verdicts::sum_up(const Verdict& verdict) {
    sum_.records += verdict.records;
    sum_.batches += verdict.batches;
    if (verdict.last != 0) {
        sum_.first = sum_.last == 0 ? verdict.first : std::min(sum_.first, verdict.first);
    }
    sum_.last = std::max(sum_.last, verdict.last);
    sum_.durable = std::max(sum_.durable, verdict.durable);
    sum_.good += verdict.good;
    sum_.torn += verdict.torn;
    sum_.damaged += verdict.damaged;
    if (verdict.rank > sum_.rank || verdict.word == unfinished) {
        sum_.rank = verdict.rank;
        sum_.word = verdict.word;
        sum_.at = verdict.at;
        sum_.path = verdict.path;
    }
    ++files_;
    read_ = read_ || !verdict.unread;
}

/// Prints the closing line of a file at once, but for the first one's: when no other comes, that
/// is the line of all.
void Verdicts::keep(Verdict verdict) {
    sum_up(verdict);
    if (options_.mode == WalDumpMode::check) {
        verdicts_.push_back(std::move(verdict));
    } else if (files_ == 1) {
        held_ = std::move(verdict);
    } else {
        if (held_) {
            print(*std::exchange(held_, std::nullopt));
        }
        print(verdict);
    }
}

/// Of one file among several. Of what could not be read the error has said everything.
void Verdicts::print(const Verdict& verdict) {
    if (verdict.unread) {
        return;
    }
    if (options_.json) {
        print_object(verdict);
    } else if (verdict.rank != 0) {
        print_line(verdict, verdict.path);
    }
}

/// The closing line, on standard error.
void Verdicts::print_line(const Verdict& verdict, const std::string& name) {
    const std::string where =
        verdict.path == name || verdict.path.empty() ? "" : " in " + verdict.path;
    diagnostics_.note(fmt::format(
        "{}: records {}, batches {}, sequences {}, known durable {}, bytes {} good {} torn {} "
        "damaged, {}{}{}",
        name, verdict.records, verdict.batches, sequences_text(verdict.first, verdict.last),
        sequence_text(verdict.durable), verdict.good, verdict.torn, verdict.damaged, verdict.word,
        place_text(verdict.at), where));
}

void Verdicts::print_object(const Verdict& verdict) {
    if (options_.quiet) {
        return;
    }
    std::string& out = diagnostics_.output().buffer();
    {
        JsonObject object{out, options_.style.json};
        if (!verdict.path.empty()) {
            object.text("segment", verdict.path);
        } else {
            object.number("segments", files_);
        }
        object.number("records", verdict.records);
        object.number("batches", verdict.batches);
        object.big_number("first_seq", verdict.first);
        object.big_number("last_seq", verdict.last);
        object.big_number("durable_seq", verdict.durable);
        object.number("good_bytes", verdict.good);
        object.number("torn_bytes", verdict.torn);
        object.number("damaged_bytes", verdict.damaged);
        object.text("verdict", verdict.word);
        if (verdict.at) {
            object.number("at", *verdict.at);
        }
    }
    out += '\n';
    diagnostics_.output().flush();
}

/// The answer of --check: a row for each file, and one for all of several.
void Verdicts::print_sheet_of_all() {
    if (files_ > 1) {
        Verdict all = sum_;
        all.path = fmt::format("all {} files", files_);
        verdicts_.push_back(std::move(all));
    }
    using Value = RowWriter::Value;
    const bool people = options_.style.format == OutputFormat::table;
    std::vector<RowWriter::Column> columns{{.name = "file"}, {.name = "verdict"}};
    constexpr std::string_view people_names[] = {"records", "sequences", "durable", "good", "lost"};
    constexpr std::string_view data_names[] = {"at",         "records",    "batches",
                                               "first_seq",  "last_seq",   "durable_seq",
                                               "good_bytes", "torn_bytes", "damaged_bytes"};
    if (people) {
        for (const std::string_view name : people_names) {
            columns.push_back({.name = name, .right = true});
        }
    } else {
        for (const std::string_view name : data_names) {
            columns.push_back({.name = name});
        }
    }
    RowWriter rows{output_, options_.style, columns};
    for (const Verdict& verdict : verdicts_) {
        std::vector<Value> row{verdict.path};
        if (people) {
            row.emplace_back(verdict.word + place_text(verdict.at));
            row.emplace_back(verdict.records);
            row.emplace_back(sequences_text(verdict.first, verdict.last));
            row.emplace_back(sequence_text(verdict.durable));
            row.emplace_back(size_text(verdict.good));
            row.emplace_back(size_text(verdict.torn + verdict.damaged));
            rows.row(row);
            continue;
        }
        row.emplace_back(verdict.word);
        row.emplace_back();
        if (verdict.at) {
            row.back() = *verdict.at;
        }
        row.emplace_back(verdict.records);
        row.emplace_back(verdict.batches);
        for (const Sequence sequence : {verdict.first, verdict.last, verdict.durable}) {
            row.emplace_back(RowWriter::Big{sequence});
        }
        for (const std::uint64_t bytes : {verdict.good, verdict.torn, verdict.damaged}) {
            row.emplace_back(bytes);
        }
        rows.row(row);
    }
    rows.finish();
}

void Verdicts::finish() {
    if (options_.mode == WalDumpMode::check) {
        print_sheet_of_all();
        return;
    }
    output_.flush();
    if (held_) {
        const Verdict only = *held_;
        if (only.unread) {
            return;
        }
        if (options_.json) {
            print_object(only);
        } else {
            print_line(only, only.path);
        }
        return;
    }
    if (!read_) {
        return;
    }
    if (options_.json) {
        Verdict all = sum_;
        all.path.clear();
        print_object(all);
    } else {
        print_line(sum_, fmt::format("all {} files", files_));
    }
}

}  // namespace strata::tools
