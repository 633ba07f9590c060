// SPDX-License-Identifier: Apache-2.0
#include "log/segment_inspector.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

FrameView view_of(const SegmentWalk& walk) {
    const Frame& frame = walk.frame();
    FrameView view{.segment = walk.number(),
                   .offset = frame.offset,
                   .end = frame.end(),
                   .kind = frame.header.kind,
                   .mark = frame.header.mark,
                   .operations_before = frame.header.operations_before,
                   .payload = frame.payload};
    if (view.kind == FrameKind::ops) {
        view.operations = walk.frame_operations();
        view.first_sequence = walk.frame_first_sequence();
    }
    return view;
}

}  // namespace

Result<std::unique_ptr<SegmentInspector>> SegmentInspector::open(FileSystem& file_system,
                                                                 const std::string& path,
                                                                 SegmentExpectation expected) {
    std::unique_ptr<SegmentInspector> inspector{new SegmentInspector{std::move(expected)}};
    inspector->file_ = STRATA_TRY(SegmentFile::open(file_system, path, SegmentFile::Settle::no));
    const DecodedSegmentHeader decoded = STRATA_TRY(inspector->file_->header());
    STRATA_TRY(inspector->check_header(decoded));
    inspector->report_.header = decoded.header;
    inspector->report_.key = decoded.key;
    inspector->walk_ = std::make_unique<SegmentWalk>(*inspector->file_, decoded.header.number,
                                                     decoded.key, inspector->expected_.start);
    return inspector;
}

Status SegmentInspector::check_header(const DecodedSegmentHeader& decoded) const {
    if (decoded.verdict == HeaderVerdict::unsupported) {
        return unsupported_segment(path(), decoded.header);
    }
    if (decoded.verdict == HeaderVerdict::invalid) {
        return corruption_at(path(), 0, "not a WAL segment, or its header is damaged");
    }
    const SegmentHeader& header = decoded.header;
    const bool number_fits = expected_.number == 0 || expected_.number == header.number;
    const bool store_fits = !expected_.store || *expected_.store == header.store;
    const bool key_fits = expected_.key == 0 || expected_.key == decoded.key;
    if (number_fits && store_fits && key_fits) {
        return {};
    }
    return corruption_at(path(), 0,
                         "expected segment {} of store {} with key {:016x}, found segment {} of "
                         "store {} with key {:016x}",
                         expected_.number, expected_.store.value_or(StoreId{}).to_hex(),
                         expected_.key, header.number, header.store.to_hex(), decoded.key);
}

bool SegmentInspector::complete() const noexcept {
    return walk_->seal().has_value() ||
           (expected_.length != 0 && walk_->offset() >= expected_.length);
}

Result<bool> SegmentInspector::next() {
    if (complete() || !misfit_.empty()) {
        return false;
    }
    const std::uint64_t before = walk_->offset();
    Result<bool> more = walk_->next();
    if (!more && more.error().code == ErrorCode::corruption) {
        misfit_ = more.error().message;
        return false;
    }
    const bool stands = STRATA_TRY(std::move(more));
    if (stands) {
        if (report_.verdict == SegmentReport::Verdict::torn_tail && lost_bytes_ == 0) {
            report_.verdict = SegmentReport::Verdict::clean;  // It was not yet written.
            judged_ = false;
        }
        frame_ = view_of(*walk_);
        good_bytes_ += walk_->offset() - before;
        if (frame_.operations != 0) {
            first_sequence_ = operations_ == 0 ? frame_.first_sequence : first_sequence_;
            last_sequence_ = frame_.first_sequence + frame_.operations - 1;
            operations_ += frame_.operations;
        }
    }
    return stands;
}

Result<bool> SegmentInspector::same_life() {
    STRATA_TRY(file_->refresh());
    const DecodedSegmentHeader decoded = STRATA_TRY(file_->header());
    return decoded.verdict == HeaderVerdict::valid && decoded.key == report_.key;
}

void SegmentInspector::damaged(std::string message) {
    const bool torn = report_.verdict == SegmentReport::Verdict::torn_tail && lost_bytes_ == 0;
    if (!std::exchange(judged_, true) || torn) {
        report_.verdict = SegmentReport::Verdict::damaged;
        report_.damage = std::move(message);
        report_.damage_offset = walk_->offset();
        report_.end = walk_->offset();
    }
}

Result<bool> SegmentInspector::judge(const std::optional<LaterMark>& later) {
    const std::uint64_t end = walk_->offset();
    if (misfit_.empty() && expected_.length != 0 && end >= expected_.length) {
        if (end > expected_.length) {
            damaged(corruption_at(path(), expected_.length,
                                  "a frame ends at {}, but {} with a length of {}", end,
                                  expected_.length_source, expected_.length)
                        .message);
        }
        return false;
    }
    if (misfit_.empty() && walk_->seal()) {
        return false;
    }
    const bool more = STRATA_TRY(judge_rest(later));
    return more;
}

/// Judges what stands at and behind the end of the good frames.
Result<bool> SegmentInspector::judge_rest(const std::optional<LaterMark>& later) {
    const std::uint64_t end = walk_->offset();
    const Frame torn = STRATA_TRY(file_->frame_at(report_.key, end));
    const TailScan scan = STRATA_TRY(file_->scan(report_.key, end));
    report_.dropped_frames = scan.frames;
    std::uint64_t rest = scan.bytes_end > end ? scan.bytes_end - end : 0;
    if (torn.state == Frame::State::bad_payload) {
        rest = std::max(rest, std::min(torn.end(), file_->size()) - end);
    }
    if (scan.mark > report_.mark) {
        report_.mark = scan.mark;
        report_.mark_offset = scan.mark_offset;
    }
    if (expected_.length > end) {
        rest = std::max(rest, expected_.length - end);
    }
    std::string proof;
    if (scan.mark > end) {
        proof = fmt::format("the frame at {} was written when everything before {} was durable",
                            scan.mark_offset, scan.mark);
    } else if (expected_.length > end && expected_.length_durable) {
        proof = fmt::format("{} with a length of {}, all of it durable", expected_.length_source,
                            expected_.length);
    } else if (later && later->segment > walk_->number()) {
        proof = fmt::format(
            "the frame at {} of {} was written when everything before {} of "
            "segment {} was durable",
            later->offset, later->path, later->mark, later->segment);
    }
    if (misfit_.empty() && (rest != 0 || !proof.empty())) {
        // What is behind is newer than the first look at this place: a live writer may have been
        // at work. Only what still does not verify now is wrong.
        STRATA_TRY(file_->refresh());
        const Frame again = STRATA_TRY(file_->frame_at(report_.key, end));
        if (again.state == Frame::State::good) {
            return true;
        }
    }
    report_.dropped_bytes = lost_bytes_ + rest;
    if (!judged_) {
        last_before_end_ = walk_->last_sequence().value_or(0);
    }
    if (!misfit_.empty()) {
        damaged(misfit_);
    } else if (!proof.empty()) {
        damaged(corruption_at(path(), end, "no frame verifies, but {}", proof).message);
    } else if (rest != 0 && !std::exchange(judged_, true)) {
        report_.verdict = SegmentReport::Verdict::torn_tail;
        report_.end = end;
    }
    return false;
}

Result<bool> SegmentInspector::skip() {
    const std::uint64_t end = walk_->offset();
    if (complete() && misfit_.empty()) {
        return false;
    }
    std::optional<Frame> found;
    const auto take = [&](const Frame& frame) {
        // A misfit verifies too; it is what is skipped.
        if (frame.offset != end) {
            found = frame;
        }
        return !found.has_value();
    };
    STRATA_TRY(file_->scan(report_.key, end, take));
    if (!found || (expected_.length != 0 && found->offset >= expected_.length)) {
        return false;
    }
    misfit_.clear();
    lost_bytes_ += found->offset - end;
    report_.dropped_bytes = lost_bytes_;
    link_lost_ = link_lost_ || !walk_->link();
    walk_->skip_to(*found, expected_.start.last.value_or(0) + 1);
    return true;
}

SegmentReport SegmentInspector::report() const {
    SegmentReport report = report_;
    report.file_size = file_->size();
    report.link = walk_->link();
    report.seal = walk_->seal();
    report.frames = walk_->frames();
    report.batches = walk_->batches();
    report.operations = operations_;
    report.link_lost = link_lost_;
    report.good_bytes = good_bytes_;
    if (operations_ != 0) {
        report.first_sequence = first_sequence_;
        report.last_sequence = last_sequence_;
    }
    if (!judged_) {
        report.end = walk_->offset();
    }
    if (walk_->mark() > report.mark) {
        report.mark = walk_->mark();
        report.mark_offset = walk_->mark_offset();
    }
    return report;
}

std::uint64_t SegmentInspector::durable_end() const noexcept {
    const bool listed =
        expected_.length_durable && expected_.length != 0 && walk_->offset() >= expected_.length;
    return std::max({report_.mark, walk_->mark(), listed ? expected_.length : 0});
}

Result<Sequence> SegmentInspector::durable_sequence() {
    const std::uint64_t end = durable_end();
    if (!walk_->link() || end < segment_header_size) {
        return Sequence{0};
    }
    if (end == walk_->offset()) {
        return walk_->last_sequence().value_or(0);
    }
    if (judged_ && end == report_.end) {
        return last_before_end_;
    }
    // A mark is the end of one frame and the beginning of another, which counts the operations
    // before it.
    const Frame frame = STRATA_TRY(file_->frame_at(report_.key, end));
    if (frame.state != Frame::State::good) {
        return Sequence{0};
    }
    return walk_->link()->first_sequence - 1 + frame.header.operations_before;
}

}  // namespace strata
