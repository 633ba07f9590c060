// SPDX-License-Identifier: Apache-2.0
#include "inspect/segment_survey.hpp"

#include "base/coding.hpp"
#include "base/hash.hpp"
#include "entry/operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace strata {
namespace {

constexpr std::size_t key_at = segment_header_size - sizeof(std::uint64_t);

/// Number of operations of a payload; 0: it is not a list of them.
std::uint32_t count_operations(Bytes payload) {
    OperationReader reader{payload};
    Entry entry;
    std::uint32_t count = 0;
    while (reader.next(entry)) {
        ++count;
    }
    return reader.failed() ? 0 : count;
}

/// Walks the frames of one segment and notes what is missing between them.
class FrameWalk {
  public:
    struct Place {
        SegmentFile& file;
        std::uint64_t number;
        std::uint64_t key;
        Sequence first;
        Sequence above;
        bool behind_gap;
    };

    FrameWalk(const Place& place, const SegmentBounds& bounds,
              const std::function<Status(const SurveyedBatch&)>& take)
        : place_{place},
          bounds_{bounds},
          take_{take},
          limit_{std::min(bounds.length.value_or(place.file.size()), place.file.size())} {}

    Result<SegmentSurvey::Outcome> run() {
        outcome_.last = place_.first - 1;
        outcome_.end = segment_header_size;
        std::uint64_t offset = segment_header_size;
        while (offset + frame_header_size <= limit_ && !outcome_.seal) {
            const Frame frame = STRATA_TRY(place_.file.frame_at(place_.key, offset));
            if (stands(frame)) {
                STRATA_TRY(take_frame(frame));
                offset = frame.end();
                outcome_.end = offset;
                continue;
            }
            offset = STRATA_TRY(skip(frame));
        }
        STRATA_TRY(finish());
        return std::move(outcome_);
    }

  private:
    /// A good frame that belongs to the log; zeros behind its payload may be cut off.
    [[nodiscard]] bool stands(const Frame& frame) const {
        return frame.state == Frame::State::good &&
               (!bounds_.length || frame.end() <= *bounds_.length);
    }

    /// Passes over what does not verify; the offset of the next frame that does, or the limit.
    Result<std::uint64_t> skip(const Frame& bad) {
        std::uint64_t offset = bad.offset;
        if (bad.state == Frame::State::bad_payload && bad.end() <= limit_) {
            // The length is covered by the header's own check, so the next frame is behind it.
            offset = bad.end();
        }
        if (bad.offset == outcome_.end) {
            scan_ = STRATA_TRY(place_.file.scan(place_.key, bad.offset));
            if (scan_.frames == 0) {
                return limit_;
            }
        }
        while (offset + frame_header_size <= limit_) {
            const Frame frame = STRATA_TRY(place_.file.frame_at(place_.key, offset));
            if (stands(frame)) {
                open_gap(offset);
                return offset;
            }
            offset += frame_alignment;
        }
        return limit_;
    }

    void open_gap(std::uint64_t end) {
        outcome_.gaps.push_back({.file = place_.file.path(),
                                 .begin = outcome_.end,
                                 .end = end,
                                 .message = "no frame verifies here",
                                 .first = outcome_.last + 1,
                                 .last = outcome_.last});
        gap_open_ = true;
    }

    Status take_frame(const Frame& frame) {
        const Sequence first = place_.first + frame.header.operations_before;
        if (gap_open_) {
            gap_open_ = false;
            if (first > outcome_.last) {
                outcome_.gaps.back().last = first - 1;
                place_.behind_gap = place_.behind_gap || first > outcome_.last + 1;
                outcome_.last = first - 1;
            }
        }
        outcome_.mark = std::max<std::uint64_t>(outcome_.mark, frame.header.mark);
        if (frame.header.kind == FrameKind::seal) {
            outcome_.seal = decode_seal(frame.payload);
        }
        if (frame.header.kind != FrameKind::ops) {
            return {};
        }
        const std::uint32_t count = count_operations(frame.payload);
        if (count == 0 || first != outcome_.last + 1 || first <= place_.above ||
            first > sequence_max - count) {
            outcome_.gaps.push_back({.file = place_.file.path(),
                                     .begin = frame.offset,
                                     .end = frame.end(),
                                     .message = "a frame verifies, but its operations do not "
                                                "continue those before it",
                                     .first = outcome_.last + 1,
                                     .last = outcome_.last});
            return {};
        }
        outcome_.last = first + count - 1;
        outcome_.batches += 1;
        outcome_.operations += count;
        return take_({.first = first,
                      .operations = count,
                      .encoded = frame.payload,
                      .segment = place_.number,
                      .offset = frame.offset,
                      .behind_gap = place_.behind_gap});
    }

    /// Compares the end with what others say of it.
    Status finish() {
        if (outcome_.seal) {
            return {};
        }
        outcome_.open_end = !bounds_.last;
        if (outcome_.open_end) {
            const TailScan scan = STRATA_TRY(place_.file.scan(place_.key, outcome_.end));
            outcome_.mark = std::max(outcome_.mark, scan.mark);
            outcome_.torn_bytes = scan.bytes_end > outcome_.end ? scan.bytes_end - outcome_.end : 0;
            return {};
        }
        const std::uint64_t length = bounds_.length.value_or(outcome_.end);
        if (*bounds_.last > outcome_.last || length > outcome_.end) {
            outcome_.gaps.push_back(
                {.file = place_.file.path(),
                 .begin = outcome_.end,
                 .end = std::max(length, outcome_.end),
                 .message = fmt::format(
                     "no frame verifies here; the segment ended with sequence {}", *bounds_.last),
                 .first = outcome_.last + 1,
                 .last = std::max(*bounds_.last, outcome_.last)});
            outcome_.last = std::max(*bounds_.last, outcome_.last);
        }
        return {};
    }

    Place place_;
    const SegmentBounds& bounds_;
    const std::function<Status(const SurveyedBatch&)>& take_;
    std::uint64_t limit_;
    TailScan scan_{};
    bool gap_open_ = false;
    SegmentSurvey::Outcome outcome_{};
};

}  // namespace

Result<std::unique_ptr<SegmentSurvey>> SegmentSurvey::open(FileSystem& files,
                                                           const std::string& path,
                                                           std::uint64_t number,
                                                           const std::vector<std::uint64_t>& keys) {
    std::unique_ptr<SegmentSurvey> survey{new SegmentSurvey};
    survey->number_ = number;
    survey->file_ = STRATA_TRY(SegmentFile::open(files, path, SegmentFile::Settle::no));
    STRATA_TRY(survey->find_key(files, keys));
    if (!survey->known_) {
        return std::unique_ptr<SegmentSurvey>{};
    }
    const Frame first = STRATA_TRY(survey->file_->frame_at(survey->key_, segment_header_size));
    if (first.state == Frame::State::good && first.header.kind == FrameKind::link) {
        const auto link = decode_link(first.payload);
        if (link && link->first_sequence != 0 && link->first_sequence <= sequence_max) {
            survey->link_ = link;
        }
    }
    return survey;
}

Result<bool> SegmentSurvey::fits(std::uint64_t key) {
    const Frame first = STRATA_TRY(file_->frame_at(key, segment_header_size));
    if (first.state == Frame::State::good) {
        return true;
    }
    const TailScan scan = STRATA_TRY(file_->scan(key, segment_header_size));
    return scan.frames != 0;
}

Status SegmentSurvey::find_key(FileSystem& files, const std::vector<std::uint64_t>& keys) {
    const DecodedSegmentHeader decoded = STRATA_TRY(file_->header());
    if (decoded.verdict == HeaderVerdict::unsupported) {
        return unsupported_segment(file_->path(), decoded.header);
    }
    if (decoded.verdict == HeaderVerdict::valid) {
        header_ = decoded.header;
        key_ = decoded.key;
        known_ = true;
        used_ = STRATA_TRY(fits(key_));
        return {};
    }
    std::vector<std::uint64_t> candidates = keys;
    std::array<char, segment_header_size> bytes{};
    const auto file = STRATA_TRY(files.open(file_->path(), OpenMode::read));
    const std::size_t got = STRATA_TRY(file->read(0, bytes));
    if (got == bytes.size()) {
        // Either the key is what is damaged, or what it was computed from.
        candidates.push_back(load<std::uint64_t>(bytes.data() + key_at));
        candidates.push_back(hash64({bytes.data(), key_at}, 0));
    }
    for (const std::uint64_t candidate : candidates) {
        const bool fitting = STRATA_TRY(fits(candidate));
        if (fitting) {
            key_ = candidate;
            known_ = true;
            used_ = true;
            return {};
        }
    }
    return {};
}

Result<SegmentSurvey::Outcome> SegmentSurvey::walk(
    const SegmentBounds& bounds, Sequence above, bool behind_gap,
    const std::function<Status(const SurveyedBatch&)>& take) {
    const Sequence first = link_ ? link_->first_sequence : bounds.first;
    return FrameWalk{{.file = *file_,
                      .number = number_,
                      .key = key_,
                      .first = first,
                      .above = above,
                      .behind_gap = behind_gap},
                     bounds,
                     take}
        .run();
}

}  // namespace strata
