// SPDX-License-Identifier: Apache-2.0
#include "log/log_model.hpp"

#include "base/file_name.hpp"
#include "entry/operation.hpp"

#include "support/must.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::test {
namespace {

const std::string directory = "/db";
constexpr std::uint64_t time_ms = 1'700'000'000'000;

}  // namespace

const char* broken_name(Broken broken) {
    switch (broken) {
        case Broken::nothing:
            return "nothing";
        case Broken::directory_sync:
            return "directory_sync";
        case Broken::prepare_sync:
            return "prepare_sync";
        case Broken::mark_too_early:
            return "mark_too_early";
        case Broken::acknowledge_early:
            return "acknowledge_early";
        case Broken::sync_newest_only:
            return "sync_newest_only";
        case Broken::manifest_before_sync:
            return "manifest_before_sync";
        case Broken::seal_before_prepare:
            return "seal_before_prepare";
        case Broken::no_manifest_at_open:
            return "no_manifest_at_open";
        case Broken::unlink_before_manifest:
            return "unlink_before_manifest";
        case Broken::close_before_sync:
            return "close_before_sync";
        case Broken::reused_number:
            return "reused_number";
    }
    return "?";
}

LogModel::LogModel(std::uint64_t seed, Broken broken) : random_{seed}, broken_{broken} {
    manifest_.store.bytes.fill('s');
    manifest_.next_number = 1;
}

void LogModel::fail(std::string what) {
    if (failure_.empty()) {
        failure_ = std::move(what);
    }
}

std::string LogModel::run(int lives) {
    auto disk = StrictFileSystem::create();
    must(disk->create_directory(directory));
    must(disk->sync_directory("/"));
    if (random_.one_in(3)) {
        disk->set_capacity(200'000);  // segments start with the small reservation
    }
    Wreck wreck{.disk = disk, .manifest = manifest_};
    for (int life = 0; life < lives && failure_.empty(); ++life) {
        ++counts_.lives;
        start_life(wreck);
        const std::uint64_t actions = random_.between(2, 14);
        for (std::uint64_t i = 0; i < actions && !closed_ && failure_.empty(); ++i) {
            act();
        }
        segments_.clear();
        if (closed_ && random_.one_in(2)) {
            wreck = {.disk = disk_, .manifest = manifest_, .last = written_};
        } else if (next_life_) {
            wreck = *next_life_;
        }
        const auto lost = [&](const HistoryBatch& batch) { return batch.first > wreck.last; };
        std::erase_if(history_, lost);
    }
    return failure_;
}

/// Recovery, as a store does it.
void LogModel::start_life(const Wreck& wreck) {
    disk_ = wreck.disk;
    files_ = telling_file_system(
        disk_, [this] { before_operation(); }, broken_);
    manifest_ = wreck.manifest;
    saving_.reset();
    next_life_.reset();
    wrecks_seen_ = 0;
    closed_ = false;
    segments_.clear();
    written_ = acknowledged_ = wreck.last;  // what a recovery gave must stay
    durable_sequence_ = wreck.last;
    const auto verdict = read_history(*disk_, manifest_, wreck.last);
    if (!verdict) {
        return;
    }
    next_number_ = manifest_.next_number;
    const std::vector<std::string> names = must(disk_->list(directory));
    for (const std::string& name : names) {
        if (broken_ != Broken::reused_number) {
            next_number_ = std::max(next_number_, parse_file_name(name).number + 1);
        }
    }
    auto writer = prepare(next_number_++);
    if (writer == nullptr) {
        return;
    }
    LogInput next = manifest_;
    next.sealed.clear();
    for (const ReadSegment& segment : verdict->segments) {
        if (segment.operations != 0) {
            next.sealed.push_back(segment.as_sealed());
        }
    }
    next.active = writer->number();
    next.active_key = writer->key();
    const auto sweep = [&] {
        for (const std::string& name : names) {
            const std::uint64_t number = parse_file_name(name).number;
            const auto same = [&](const SealedSegment& sealed) { return sealed.number == number; };
            if (std::ranges::none_of(next.sealed, same) && number != next.active) {
                must(files_->unlink(directory + "/" + name));
            }
        }
    };
    const SealedSegment before = next.sealed.empty() ? SealedSegment{} : next.sealed.back();
    if (broken_ == Broken::unlink_before_manifest) {
        sweep();
    }
    if (broken_ != Broken::no_manifest_at_open) {
        save(next);
        if (broken_ != Broken::unlink_before_manifest) {
            sweep();
        }
    }
    durable_ = {writer->number(), segment_header_size};
    segments_.push_back({.writer = std::move(writer),
                         .first_sequence = verdict->last_sequence + 1,
                         .last_sequence = verdict->last_sequence});
    active().writer->add_link({.first_sequence = verdict->last_sequence + 1,
                               .predecessor = before.number,
                               .predecessor_length = before.length,
                               .time_ms = time_ms},
                              mark());
    must(active().writer->reserve());
    must(active().writer->write());
}

std::unique_ptr<SegmentWriter> LogModel::prepare(std::uint64_t number) {
    ++counts_.segments;
    auto writer = SegmentWriter::prepare(*files_, directory, number, manifest_.store);
    if (!writer) {
        fail(writer.error().message);
        return nullptr;
    }
    return writer.take_value();
}

std::uint64_t LogModel::mark() const {
    const SegmentWriter& writer = *segments_.back().writer;
    if (broken_ == Broken::mark_too_early) {
        return writer.end();
    }
    return durable_.segment == writer.number() ? durable_.offset : 0;
}

void LogModel::act() {
    switch (random_.below(12)) {
        case 0:
            return rotate();
        case 1:
            return save_sealed();
        case 2:
            return flush();
        case 3:
            return random_.one_in(3) ? close() : append();
        case 4:
            active().writer->add_mark(time_ms, mark());
            must(active().writer->reserve());
            must(active().writer->write());
            return;
        case 5:
        case 6:
        case 7:
            return sync();
        default:
            return append();
    }
}

void LogModel::append() { append_batches(random_.between(1, 3)); }

void LogModel::append_batches(std::uint64_t count) {
    Live& live = active();
    for (std::uint64_t i = 0; i < count; ++i) {
        HistoryBatch batch{.first = live.last_sequence + 1};
        batch.operations = static_cast<std::uint32_t>(random_.between(1, 3));
        for (std::uint32_t o = 0; o < batch.operations; ++o) {
            const std::string key = random_.letters(random_.between(1, 5));
            const std::string value =
                random_.bytes(random_.one_in(4) ? random_.below(1500) : random_.below(40));
            const bool del = random_.one_in(5);
            append_operation(batch.encoded, {.key = key,
                                             .kind = del ? Kind::del : Kind::put,
                                             .value = del ? Bytes{} : Bytes{value}});
        }
        live.last_sequence = batch.last();
        live.writer->add_batch(batch.encoded, batch.operations, mark());
        history_.push_back(std::move(batch));
    }
    must(live.writer->reserve());
    must(live.writer->write());
    written_ = live.last_sequence;
}

/// A commit that asked for sync; others append while it runs.
void LogModel::sync() {
    const Position target{active().writer->number(), active().writer->end()};
    const Sequence last = active().last_sequence;
    if (broken_ == Broken::acknowledge_early) {
        acknowledged_ = std::max(acknowledged_, last);
    }
    if (random_.one_in(4)) {
        append();
    }
    sync_to(target, last);
}

void LogModel::sync_to(Position target, Sequence last) {
    for (Live& live : segments_) {
        const std::uint64_t number = live.writer->number();
        const bool covered = number >= durable_.segment && number <= target.segment;
        const bool skipped = broken_ == Broken::sync_newest_only && number != target.segment;
        if (covered && !skipped) {
            must(live.writer->sync());
        }
    }
    if (random_.one_in(4) && !closed_) {
        append();  // carries the old mark, behind the sync
    }
    durable_ = target;
    durable_sequence_ = std::max(durable_sequence_, last);
    acknowledged_ = std::max(acknowledged_, durable_sequence_);
}

void LogModel::rotate() {
    if (active().writer->operations() == 0 || segments_.size() > 4) {
        return append();
    }
    SegmentWriter& old = *active().writer;
    std::unique_ptr<SegmentWriter> next;
    if (broken_ != Broken::seal_before_prepare) {
        next = prepare(next_number_++);
    } else {
        // The seal needs the key, so the file is prepared elsewhere and comes too late.
        next = must(SegmentWriter::prepare(*StrictFileSystem::create(), "/", next_number_,
                                           manifest_.store));
    }
    if (next == nullptr) {
        return;
    }
    old.add_seal({.next_number = next->number(), .next_key = next->key(), .time_ms = time_ms},
                 mark());
    must(old.reserve());
    must(old.write());
    if (broken_ == Broken::seal_before_prepare) {
        must(old.sync());
        before_operation();
        closed_ = true;  // The model goes no further.
        return;
    }
    const Link link{.first_sequence = active().last_sequence + 1,
                    .predecessor = old.number(),
                    .predecessor_length = old.end(),
                    .time_ms = time_ms};
    const Sequence last = active().last_sequence;
    segments_.push_back(
        {.writer = std::move(next), .first_sequence = last + 1, .last_sequence = last});
    active().writer->add_link(link, mark());
    must(active().writer->reserve());
    must(active().writer->write());
}

SealedSegment LogModel::as_sealed(const Live& live) const {
    return {live.writer->number(), live.writer->key(), live.writer->end(), live.first_sequence,
            live.last_sequence};
}

void LogModel::save(LogInput next) {
    next.next_number = next_number_;
    saving_ = std::move(next);
    before_operation();
    manifest_ = *std::exchange(saving_, std::nullopt);
}

/// Saves a manifest that lists every segment before the active one as sealed.
void LogModel::save_sealed() {
    LogInput next = manifest_;
    const std::uint64_t number = active().writer->number();
    if (broken_ != Broken::manifest_before_sync && durable_.segment < number) {
        sync_to({number, segment_header_size}, active().first_sequence - 1);
    }
    for (Live& live : segments_) {
        if (live.writer->number() != number && !std::exchange(live.listed, true)) {
            next.sealed.push_back(as_sealed(live));
        }
    }
    next.active = number;
    next.active_key = active().writer->key();
    if (broken_ != Broken::no_manifest_at_open) {
        save(std::move(next));
    }
}

/// The oldest sealed segment's operations are in a table now.
void LogModel::flush() {
    if (manifest_.sealed.empty()) {
        return append();
    }
    LogInput next = manifest_;
    const SealedSegment flushed = next.sealed.front();
    next.sealed.erase(next.sealed.begin());
    next.last_in_tables = flushed.last_sequence;
    save(std::move(next));
    std::erase_if(segments_,
                  [&](const Live& live) { return live.writer->number() == flushed.number; });
    must(files_->unlink(file_path(directory, FileType::wal, flushed.number)));
}

void LogModel::close() {
    SegmentWriter& writer = *active().writer;
    writer.add_seal({.time_ms = time_ms}, mark());
    must(writer.reserve());
    must(writer.write());
    closed_ = true;
    LogInput next = manifest_;
    for (Live& live : segments_) {
        if (live.writer->operations() != 0 && !std::exchange(live.listed, true)) {
            next.sealed.push_back(as_sealed(live));
        }
    }
    next.active = 0;
    next.active_key = 0;
    if (broken_ == Broken::close_before_sync) {
        return save(std::move(next));
    }
    sync_to({writer.number(), writer.end()}, active().last_sequence);
    must(writer.finish());
    save(std::move(next));
    if (writer.operations() == 0) {
        must(files_->unlink(file_path(directory, FileType::wal, writer.number())));
    }
    before_operation();
}

/// Reads a log and holds it against the history: a prefix, and all that was promised. Empty, and
/// a failure, when something is wrong.
std::optional<LogVerdict> LogModel::read_history(FileSystem& files, const LogInput& manifest,
                                                 Sequence required) {
    auto next = std::ranges::find_if(
        history_, [&](const HistoryBatch& batch) { return batch.first > manifest.last_in_tables; });
    std::string wrong;
    const auto take = [&](const LogBatch& batch) -> Status {
        const bool same = next != history_.end() && next->first == batch.first &&
                          next->operations == batch.operations && next->encoded == batch.encoded;
        if (!same && wrong.empty()) {
            wrong = fmt::format("batch of sequence {} was never appended", batch.first);
        }
        if (same) {
            ++next;
        }
        return {};
    };
    auto verdict = read_log(files, directory, manifest, take);
    if (!verdict) {
        fail("refused: " + verdict.error().message);
        return std::nullopt;
    }
    if (wrong.empty() && verdict->last_sequence < required) {
        wrong =
            fmt::format("promised up to sequence {}, found {}", required, verdict->last_sequence);
    }
    if (!wrong.empty()) {
        fail(wrong);
        return std::nullopt;
    }
    if (verdict->torn) {
        ++counts_.torn;
    }
    return verdict.take_value();
}

/// Cuts the power on copies of the disk.
void LogModel::before_operation() {
    if (cutting_) {
        return;
    }
    cutting_ = true;
    for (const CrashPolicy policy :
         {CrashPolicy::drop, CrashPolicy::keep, CrashPolicy::torn, CrashPolicy::torn}) {
        for (const bool saved : {false, true}) {
            if (!failure_.empty() || (saved && !saving_)) {
                continue;
            }
            ++counts_.cuts;
            // A killed process loses nothing that was written, and a saved manifest least of all.
            const Sequence required = policy == CrashPolicy::keep ? written_ : acknowledged_;
            check_wreck(disk_->crash_clone(policy, random_.next()), saved ? *saving_ : manifest_,
                        required);
        }
    }
    cutting_ = false;
}

/// Reads a wreck, then recovers it with a second cut before each operation of the recovery: what
/// the first reading found must be found again.
void LogModel::check_wreck(const std::shared_ptr<StrictFileSystem>& disk, const LogInput& manifest,
                           Sequence required) {
    const auto kept = disk->crash_clone(CrashPolicy::keep, 0);
    const auto verdict = read_history(*disk, manifest, required);
    if (!verdict) {
        return;
    }
    ++wrecks_seen_;
    if (random_.one_in(wrecks_seen_)) {
        next_life_ = Wreck{kept, manifest, verdict->last_sequence};
    }
    if (is_second_ || !random_.one_in(20)) {
        return;
    }
    LogModel second{random_.next(), broken_};
    second.is_second_ = true;
    second.history_ = history_;
    second.start_life({disk, manifest, verdict->last_sequence});
    counts_.second_cuts += second.counts_.cuts;
    if (!second.failure_.empty()) {
        fail("after a second cut: " + second.failure_);
    }
}

}  // namespace strata::test
