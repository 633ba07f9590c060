// SPDX-License-Identifier: Apache-2.0
#include "log/segment_reader.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"
#include "entry/operation.hpp"
#include "io/hole_finder.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace strata {
namespace {

/// Read at once when frames are small: enough to make the cost of a call vanish.
constexpr std::uint64_t window_size_min = std::uint64_t{64} << 10;

/// A scan hashes a payload for each header that verifies. Frames that were appended do not
/// overlap, so honest files stay below one file size; only a crafted one gets here.
constexpr std::uint64_t scan_hashed_max_per_byte = 16;

/// Bytes of `bytes`, in steps of a frame's alignment, that begin no frame because they are zero:
/// most of what a scan passes is reserved and was never written.
std::size_t leading_zeros(Bytes bytes) noexcept {
    std::size_t at = 0;
    while (at + frame_alignment <= bytes.size() && load<std::uint32_t>(bytes.data() + at) == 0) {
        at += frame_alignment;
    }
    return at;
}

}  // namespace

Error unsupported_segment(const std::string& path, const SegmentHeader& header) {
    return make_error(ErrorCode::unsupported,
                      "{}: segment of version {} with required features {:#x}; this program knows "
                      "version {} and features {:#x}",
                      path, header.version, header.required_features, segment_version,
                      segment_features_known);
}

Result<std::unique_ptr<SegmentFile>> SegmentFile::open(FileSystem& file_system, std::string path,
                                                       Settle settle) {
    std::unique_ptr<SegmentFile> segment{new SegmentFile};
    segment->file_ = STRATA_TRY(file_system.open(path, OpenMode::read));
    segment->path_ = std::move(path);
    if (settle == Settle::yes) {
        STRATA_TRY(segment->file_->sync());
        segment->settled_ = true;
        segment->file_->drop_cache();
    }
    STRATA_TRY(segment->refresh());
    return segment;
}

Status SegmentFile::refresh() {
    const std::uint64_t size = STRATA_TRY(file_->size());
    size_ = std::min(size, segment_size_max);
    window_size_ = 0;
    return {};
}

Result<Bytes> SegmentFile::view(std::uint64_t offset, std::uint64_t size) {
    if (offset >= size_) {
        return Bytes{};
    }
    size = std::min(size, size_ - offset);
    if (offset < window_offset_ || offset + size > window_offset_ + window_size_) {
        const std::uint64_t wanted = std::min(std::max(size, window_size_min), size_ - offset);
        if (window_.size() < wanted) {
            window_.resize(static_cast<std::size_t>(wanted));
        }
        window_size_ = 0;
        const std::span<char> into{window_.data(), static_cast<std::size_t>(wanted)};
        window_size_ = STRATA_TRY(file_->read(offset, into));
        window_offset_ = offset;
        if (window_size_ < wanted) {
            size_ = offset + window_size_;  // Somebody cut the file off meanwhile.
            size = std::min<std::uint64_t>(size, window_size_);
        }
    }
    const auto skipped = static_cast<std::size_t>(offset - window_offset_);
    return Bytes{window_.data() + skipped, static_cast<std::size_t>(size)};
}

Result<Bytes> SegmentFile::view_ahead(std::uint64_t offset) {
    const Bytes head = STRATA_TRY(view(offset, frame_header_size));
    if (head.empty()) {
        return head;
    }
    const auto skipped = static_cast<std::size_t>(offset - window_offset_);
    return Bytes{window_.data() + skipped, window_size_ - skipped};
}

Result<DecodedSegmentHeader> SegmentFile::header() {
    const Bytes bytes = STRATA_TRY(view(0, segment_header_size));
    return decode_segment_header(bytes);
}

Result<Frame> SegmentFile::frame_at(std::uint64_t key, std::uint64_t offset) {
    Frame frame{.offset = offset};
    const Bytes head = STRATA_TRY(view(offset, frame_header_size));
    const std::optional<FrameHeader> header = verify_frame_header(head, key, offset);
    if (!header) {
        return frame;
    }
    frame.header = *header;
    frame.state = Frame::State::bad_payload;
    const std::uint64_t payload_end = offset + frame_header_size + header->payload_size;
    if (payload_end > size_) {
        return frame;
    }
    const Bytes whole = STRATA_TRY(view(offset, payload_end - offset));
    const Bytes payload = whole.substr(std::min(whole.size(), frame_header_size));
    if (verify_payload(*header, payload)) {
        frame.state = Frame::State::good;
        frame.payload = payload;
    }
    return frame;
}

/// Where, at `offset` or behind it, something may stand that was written.
std::uint64_t SegmentFile::skip_hole(std::uint64_t offset) noexcept {
    auto* finder = dynamic_cast<HoleFinder*>(file_.get());
    if (finder == nullptr) {
        return offset;
    }
    if (settled_) {
        // What was read ahead of reserved room is in the cache, and so counts as data.
        file_->drop_cache();
    }
    const std::uint64_t data = std::min(finder->next_data(offset), size_);
    return std::max(offset, data - data % frame_alignment);
}

Result<TailScan> SegmentFile::scan(std::uint64_t key, std::uint64_t from, const VisitFrame& visit) {
    TailScan found;
    std::uint64_t hashed = 0;
    std::uint64_t offset = std::max<std::uint64_t>(from, segment_header_size);
    while (offset + frame_header_size <= size_) {
        const Bytes ahead = STRATA_TRY(view_ahead(offset));
        if (const std::size_t zeros = leading_zeros(ahead); zeros != 0) {
            offset += zeros;
            if (zeros == ahead.size()) {
                offset = skip_hole(offset);
            }
            continue;
        }
        const Frame frame = STRATA_TRY(frame_at(key, offset));
        if (frame.state == Frame::State::good) {
            ++found.frames;
            found.frames_end = frame.end();
            if (frame.header.mark >= segment_header_size && frame.header.mark > found.mark) {
                found.mark = frame.header.mark;
                found.mark_offset = offset;
            }
            found.bytes_end = frame.end();
            offset = frame.end();
            if (visit && !visit(frame)) {
                return found;
            }
            continue;
        }
        found.bytes_end = offset + frame_alignment;
        if (frame.state == Frame::State::bad_payload) {
            hashed += frame.header.payload_size;
            if (hashed / scan_hashed_max_per_byte > size_) {
                return corruption_at(path_, offset,
                                     "frame headers that verify overlap each other; the file was "
                                     "not written by strata");
            }
        }
        offset += frame_alignment;
    }
    // Too little for a frame, but perhaps what a lost end left of one.
    const Bytes rest = STRATA_TRY(view(offset, frame_header_size));
    if (const std::size_t last = rest.find_last_not_of('\0'); last != Bytes::npos) {
        found.bytes_end = offset + last + 1;
    }
    return found;
}

Result<bool> SegmentWalk::next() {
    if (seal_) {
        return false;
    }
    const Frame frame = STRATA_TRY(file_.frame_at(key_, offset_));
    if (frame.state != Frame::State::good) {
        return false;
    }
    STRATA_TRY(take(frame));
    frame_ = frame;
    offset_ = frame.end();
    ++frames_;
    if (frame.header.mark >= segment_header_size && frame.header.mark > mark_) {
        mark_ = frame.header.mark;
        mark_offset_ = frame.offset;
    }
    return true;
}

void SegmentWalk::skip_to(const Frame& frame, Sequence first) {
    offset_ = frame.offset;
    operations_ = frame.header.operations_before;
    if (!link_) {
        link_ = Link{.first_sequence = first};
    }
}

Status SegmentWalk::take(const Frame& frame) {
    const bool is_link = frame.header.kind == FrameKind::link;
    const bool is_first = frame.offset == segment_header_size;
    if (is_link != is_first) {
        return corruption_at(file_.path(), frame.offset, "a {} frame stands where {}",
                             frame_kind_name(frame.header.kind),
                             is_first ? "the link must stand" : "no link may stand");
    }
    if (frame.header.operations_before != operations_) {
        return corruption_at(file_.path(), frame.offset,
                             "the frame counts {} operations before it, but there are {}",
                             frame.header.operations_before, operations_);
    }
    frame_operations_ = 0;
    bool parses = true;
    switch (frame.header.kind) {
        case FrameKind::link:
            return take_link(frame);
        case FrameKind::ops:
            return take_operations(frame);
        case FrameKind::mark:
            parses = decode_mark(frame.payload).has_value();
            break;
        case FrameKind::seal:
            seal_ = decode_seal(frame.payload);
            parses = seal_.has_value() && (seal_->next_number == 0 || seal_->next_number > number_);
            break;
        case FrameKind::pad:
            break;
    }
    if (!parses) {
        seal_.reset();
        return corruption_at(file_.path(), frame.offset, "the payload of a {} frame makes no sense",
                             frame_kind_name(frame.header.kind));
    }
    return {};
}

Status SegmentWalk::take_link(const Frame& frame) {
    const std::optional<Link> link = decode_link(frame.payload);
    if (!link || link->first_sequence == 0 || link->first_sequence > sequence_max) {
        return corruption_at(file_.path(), frame.offset,
                             "the payload of a link frame makes no sense");
    }
    if (start_.last && link->first_sequence != *start_.last + 1) {
        return corruption_at(file_.path(), frame.offset,
                             "the segment begins with sequence {}, but the one before it is {}",
                             link->first_sequence, *start_.last);
    }
    if (start_.predecessor != 0 && (link->predecessor != start_.predecessor ||
                                    link->predecessor_length != start_.predecessor_length)) {
        return corruption_at(file_.path(), frame.offset,
                             "the segment follows segment {} of {} bytes, but the one read before "
                             "it is segment {} of {} bytes",
                             link->predecessor, link->predecessor_length, start_.predecessor,
                             start_.predecessor_length);
    }
    link_ = link;
    return {};
}

Status SegmentWalk::take_operations(const Frame& frame) {
    OperationReader reader{frame.payload};
    Entry entry;
    std::uint32_t count = 0;
    while (reader.next(entry)) {
        ++count;
    }
    if (reader.failed() || count == 0) {
        return corruption_at(file_.path(), frame.offset,
                             "the payload is not a list of operations: byte {} of {} begins none",
                             reader.offset(), frame.payload.size());
    }
    if (operations_ + std::uint64_t{count} > sequence_max - link_->first_sequence) {
        return corruption_at(file_.path(), frame.offset, "sequences pass {}", sequence_max);
    }
    frame_operations_ = count;
    operations_ += count;
    ++batches_;
    return {};
}

Sequence SegmentWalk::frame_first_sequence() const noexcept {
    return link_->first_sequence + operations_ - frame_operations_;
}

std::optional<Sequence> SegmentWalk::last_sequence() const noexcept {
    if (!link_) {
        return start_.last;
    }
    return link_->first_sequence + operations_ - 1;
}

}  // namespace strata
