// SPDX-License-Identifier: Apache-2.0
#include "log/segment_report.hpp"

#include "base/error.hpp"
#include "log/segment_reader.hpp"

#include <algorithm>
#include <memory>

namespace strata {
namespace {

using Take = std::function<Status(const FrameView&)>;

FrameView view_of(const SegmentWalk& walk) {
    const Frame& frame = walk.frame();
    FrameView view{.segment = walk.number(),
                   .offset = frame.offset,
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

/// Takes frames until none verifies, a seal was passed, or one breaks a rule, which makes the
/// report damaged.
Status take_frames(SegmentWalk& walk, const Take& take, SegmentReport& report) {
    while (true) {
        Result<bool> more = walk.next();
        if (!more && more.error().code == ErrorCode::corruption) {
            report.verdict = SegmentReport::Verdict::damaged;
            report.damage = more.error().message;
            report.damage_offset = walk.offset();
            return {};
        }
        const bool stands = STRATA_TRY(std::move(more));
        if (!stands) {
            return {};
        }
        STRATA_TRY(take(view_of(walk)));
    }
}

/// Judges what is behind the end of the good frames. True when they must be taken further,
/// because a live writer appended while the rest was scanned.
Result<bool> judge_rest(SegmentFile& file, const SegmentWalk& walk, SegmentReport& report) {
    const std::uint64_t end = walk.offset();
    const Frame torn = STRATA_TRY(file.frame_at(report.key, end));
    const TailScan scan = STRATA_TRY(file.scan(report.key, end));
    report.dropped_frames = scan.frames;
    report.dropped_bytes = scan.bytes_end > end ? scan.bytes_end - end : 0;
    if (torn.state == Frame::State::bad_payload) {
        report.dropped_bytes =
            std::max(report.dropped_bytes, std::min(torn.end(), file.size()) - end);
    }
    report.mark = std::max(walk.mark(), scan.mark);
    if (report.mark > end) {
        STRATA_TRY(file.refresh());
        const Frame again = STRATA_TRY(file.frame_at(report.key, end));
        if (again.state == Frame::State::good) {
            return true;
        }
        report.verdict = SegmentReport::Verdict::damaged;
        report.damage = corruption_at(file.path(), end,
                                      "no frame verifies, but the frame at {} proves that the "
                                      "segment was durable up to {}",
                                      scan.mark_offset, scan.mark)
                            .message;
        report.damage_offset = end;
        return false;
    }
    report.verdict = report.dropped_bytes != 0 ? SegmentReport::Verdict::torn_tail
                                               : SegmentReport::Verdict::clean;
    return false;
}

}  // namespace

Result<SegmentReport> read_segment_file(FileSystem& file_system, const std::string& path,
                                        const Take& take) {
    const std::unique_ptr<SegmentFile> file =
        STRATA_TRY(SegmentFile::open(file_system, path, SegmentFile::Settle::no));
    const DecodedSegmentHeader decoded = STRATA_TRY(file->header());
    if (decoded.verdict == HeaderVerdict::unsupported) {
        return unsupported_segment(path, decoded.header);
    }
    if (decoded.verdict == HeaderVerdict::invalid) {
        return corruption_at(path, 0, "not a WAL segment, or its header is damaged");
    }
    SegmentReport report{.header = decoded.header, .key = decoded.key};
    SegmentWalk walk{*file, decoded.header.number, decoded.key, {}};
    bool again = true;
    while (again) {
        STRATA_TRY(take_frames(walk, take, report));
        again = false;
        if (report.verdict != SegmentReport::Verdict::damaged && !walk.seal()) {
            again = STRATA_TRY(judge_rest(*file, walk, report));
        }
    }
    report.file_size = file->size();
    report.link = walk.link();
    report.seal = walk.seal();
    report.frames = walk.frames();
    report.batches = walk.batches();
    report.operations = walk.operations();
    if (walk.operations() != 0) {
        report.first_sequence = walk.link()->first_sequence;
        report.last_sequence = walk.last_sequence().value_or(0);
    }
    report.end = walk.offset();
    report.mark = std::max(report.mark, walk.mark());
    return report;
}

}  // namespace strata
