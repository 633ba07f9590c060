// SPDX-License-Identifier: Apache-2.0
#include "inspect/log_feed.hpp"

#include "base/file_name.hpp"
#include "io/file_contents.hpp"
#include "version/manifest_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace strata {
namespace {

/// A store that is replaced faster than it can be read once is read no further.
constexpr unsigned replans_max = 10;
/// The manifest's name is looked at once in so many idle rounds; each time when the log was closed,
/// since only a manifest can say where it goes on.
constexpr unsigned idles_per_watch = 4;
/// After so many idle rounds, and then each time that their number doubled, damage is looked for.
constexpr unsigned idles_per_look = 64;

}  // namespace

Result<std::unique_ptr<LogFeed>> LogFeed::of_store(FileSystem& files, const std::string& directory,
                                                   Settings settings) {
    std::unique_ptr<LogFeed> feed{new LogFeed{files, settings}};
    feed->directory_ = directory;
    STRATA_TRY(feed->replan());
    return feed;
}

std::unique_ptr<LogFeed> LogFeed::of_files(FileSystem& files, const std::vector<std::string>& paths,
                                           Settings settings) {
    std::unique_ptr<LogFeed> feed{new LogFeed{files, settings}};
    feed->plan_ = plan_of(paths);
    if (settings.follow && paths.size() == 1) {
        feed->directory_ = parent_directory(paths.front());
    }
    return feed;
}

LogFeed::Event LogFeed::next() {
    while (true) {
        std::optional<Event> event = current_ == nullptr ? open_next() : read();
        if (event) {
            return *event;
        }
    }
}

/// Opens the next segment of the plan; idle without one.
std::optional<LogFeed::Event> LogFeed::open_next() {
    if (plan_.empty()) {
        return at_end();
    }
    planned_ = std::move(plan_.front());
    plan_.pop_front();
    if (manifest_ == 0 && !plan_.empty()) {
        add_successor(files_, planned_, plan_.front());
    }
    auto opened = SegmentInspector::open(files_, planned_.path, planned_.expected);
    if (!opened) {
        Error error = opened.take_error();
        if (error.code == ErrorCode::not_found && manifest_ != 0) {
            error.code = ErrorCode::corruption;
            error.message = fmt::format("{}: missing, but the log goes through it", planned_.path);
        }
        return fail(std::move(error));
    }
    current_ = opened.take_value();
    began_ = false;
    ended_segment_ = false;
    frame_held_ = false;
    const StoreId store = current_->report().header.store;
    if (store_ && *store_ != store) {
        last_ = 0;
        resuming_ = false;
    }
    store_ = store;
    return Event::segment;
}

/// One step in the current segment; empty: ask again.
std::optional<LogFeed::Event> LogFeed::read() {
    if (ended_segment_) {
        current_.reset();
        return std::nullopt;
    }
    if (std::exchange(frame_held_, false)) {
        return accept();
    }
    const auto more = current_->next();
    if (!more) {
        return fail(more.error());
    }
    if (*more) {
        return accept();
    }
    // A segment in which nothing more comes: the next one is known, or it is whole.
    if (current_->complete() || !plan_.empty()) {
        return end_segment();
    }
    return at_end();
}

/// Gives the frame, unless it was given before, or a gap must be told first.
std::optional<LogFeed::Event> LogFeed::accept() {
    const FrameView& frame = current_->frame();
    idles_ = 0;
    replans_ = 0;
    if (!std::exchange(began_, true)) {
        const SegmentReport report = current_->report();
        const bool known = report.link && !report.link_lost;
        const Sequence first = known ? report.link->first_sequence : 0;
        // A segment that begins earlier is part of another log, or was given in another order.
        if (last_ != 0 && first > last_ + 1) {
            gap_first_ = last_ + 1;
            gap_last_ = first - 1;
            note_ = fmt::format(
                "{}: begins with sequence {}, but the one before it is {}: {} "
                "operations are missing",
                current_->path(), first, last_, first - last_ - 1);
            frame_held_ = true;
            last_ = first - 1;
            resuming_ = false;
            return Event::gap;
        }
        last_ = resuming_ ? last_ : (first != 0 ? first - 1 : last_);
    }
    if (frame.kind == FrameKind::ops) {
        const Sequence end = frame.first_sequence + frame.operations - 1;
        if (resuming_ && end <= last_) {
            return std::nullopt;
        }
        last_ = end;
    }
    return Event::frame;
}

/// Reports a file that cannot be read; beside a live writer that may only mean that the plan is
/// old.
std::optional<LogFeed::Event> LogFeed::fail(Error error) {
    if (superseded()) {
        return std::nullopt;
    }
    current_.reset();
    problem_ = std::move(error);
    return Event::problem;
}

/// Whether a newer manifest replaced the plan, so that what was found wrong means nothing.
bool LogFeed::superseded() {
    if (directory_.empty() || replans_ == replans_max) {
        return false;
    }
    const auto newest = newest_manifest_number(files_, directory_);
    if (!newest || *newest == 0 || *newest == manifest_) {
        return false;
    }
    ++replans_;
    return replan().has_value();
}

/// Makes the plan anew, to go on behind last_.
Status LogFeed::replan() {
    auto manifest = STRATA_TRY(load_newest_manifest(files_, directory_));
    if (!manifest) {
        return Error{ErrorCode::not_found,
                     fmt::format("{}: no store: it holds no manifest", directory_)};
    }
    const bool same_store = store_ && *store_ == manifest->store;
    if (!same_store) {
        last_ = manifest->last_sequence;
        store_ = manifest->store;
    }
    resuming_ = same_store && last_ != 0;
    manifest_ = manifest->number;
    plan_ = plan_of(*manifest, directory_);
    while (resuming_ && !plan_.empty() && plan_.front().last_sequence != 0 &&
           plan_.front().last_sequence <= last_) {
        plan_.pop_front();
    }
    current_.reset();
    return {};
}

/// The greatest mark of segments behind the current one.
Result<std::optional<LaterMark>> LogFeed::witness() {
    const SegmentReport report = current_->report();
    if (manifest_ != 0) {
        return greatest_later_mark(files_, directory_, report.header.store, report.header.number);
    }
    if (planned_.expected.length != 0 && !plan_.empty()) {
        return later_mark(files_, plan_.front().path, report.header.store, report.header.number);
    }
    return std::optional<LaterMark>{};
}

std::optional<LogFeed::Event> LogFeed::end_segment() {
    const auto later = witness();
    if (!later) {
        return fail(later.error());
    }
    const auto more = current_->judge(*later);
    if (!more) {
        return fail(more.error());
    }
    if (*more) {
        return std::nullopt;
    }
    const SegmentReport report = current_->report();
    if (report.verdict == SegmentReport::Verdict::damaged) {
        const auto same = current_->same_life();
        const bool recycled = same && !*same && manifest_ != 0;
        if (superseded() || (recycled && replan())) {
            return std::nullopt;
        }
    }
    if (settings_.skip && report.verdict != SegmentReport::Verdict::clean) {
        const auto skipped = current_->skip();
        if (skipped && *skipped) {
            return std::nullopt;
        }
    }
    plan_successor(report);
    ended_segment_ = true;
    return Event::segment_end;
}

/// Where the seal of the last planned segment leads.
void LogFeed::plan_successor(const SegmentReport& report) {
    if (!plan_.empty() || !report.seal || report.seal->next_number == 0 || directory_.empty()) {
        return;
    }
    std::optional<Sequence> last;
    if (report.link) {
        last = report.operations != 0 ? report.last_sequence : report.link->first_sequence - 1;
    }
    plan_.push_back({.path = file_path(directory_, FileType::wal, report.seal->next_number),
                     .expected = {.store = report.header.store,
                                  .number = report.seal->next_number,
                                  .key = report.seal->next_key,
                                  .start = {.last = last,
                                            .predecessor = report.header.number,
                                            .predecessor_length = current_->offset()}}});
}

LogFeed::Event LogFeed::at_end() {
    if (!settings_.follow) {
        return Event::idle;
    }
    ++idles_;
    if (current_ != nullptr) {
        static_cast<void>(current_->refresh().has_value());
        const auto more = current_->next();
        if (more && *more) {
            return accept().value_or(Event::idle);
        }
    }
    if ((current_ == nullptr || idles_ % idles_per_watch == 0) && watch_manifest()) {
        return next();
    }
    if (current_ != nullptr && std::has_single_bit(idles_) && idles_ >= idles_per_look &&
        looks_damaged()) {
        const std::optional<Event> event = end_segment();
        return event ? *event : next();
    }
    return Event::idle;
}

/// While idle: whether the frame that does not come was there once. Most of the time the rest of
/// the file is zeros, which is looked at ever less often.
bool LogFeed::looks_damaged() {
    const auto later = witness();
    const auto more = later ? current_->judge(*later) : Result<bool>{false};
    return more && !*more && current_->report().verdict == SegmentReport::Verdict::damaged;
}

/// While idle: whether a newer manifest leads somewhere else than the current segment.
bool LogFeed::watch_manifest() {
    if (directory_.empty()) {
        return false;
    }
    const auto newest = newest_manifest_number(files_, directory_);
    if (!newest || *newest == 0 || *newest == manifest_) {
        return false;
    }
    const auto manifest = load_newest_manifest(files_, directory_);
    if (!manifest || !*manifest) {
        return false;
    }
    // A segment at or behind the active one is where the log goes on, or seals lead there.
    const std::uint64_t active = (*manifest)->active;
    if (current_ != nullptr && active != 0 && store_ == (*manifest)->store &&
        current_->report().header.number >= active) {
        manifest_ = (*manifest)->number;
        return false;
    }
    // What the writer appended before it saved this manifest has to be read first.
    if (current_ != nullptr) {
        static_cast<void>(current_->refresh().has_value());
        const auto more = current_->next();
        if (more && *more) {
            frame_held_ = true;
            return true;
        }
    }
    return replan().has_value();
}

LogFeed::Event LogFeed::finish() {
    while (current_ != nullptr && !ended_segment_) {
        const std::optional<Event> event = end_segment();
        const Event now = event ? *event : next();
        if (now != Event::idle) {
            return now;
        }
    }
    return Event::idle;
}

Sequence LogFeed::durable_sequence() {
    const auto sequence = current_->durable_sequence();
    return sequence ? *sequence : 0;
}

bool LogFeed::ended() {
    if (current_ != nullptr || !plan_.empty()) {
        return false;
    }
    const auto manifest = newest_manifest_number(files_, directory_);
    return directory_.empty() || (manifest && *manifest == 0);
}

}  // namespace strata
