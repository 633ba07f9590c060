// SPDX-License-Identifier: Apache-2.0
#include "log/segment_copy.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "io/file_contents.hpp"
#include "log/format.hpp"

#include <utility>

namespace strata {
namespace {

constexpr std::size_t pending_max = std::size_t{1} << 20;

}  // namespace

Result<std::unique_ptr<SegmentCopy>> SegmentCopy::create(FileSystem& files, const std::string& path,
                                                         const SegmentCopyFacts& facts) {
    std::unique_ptr<SegmentCopy> copy{new SegmentCopy{files, path, facts}};
    copy->file_ = STRATA_TRY(files.open(path, OpenMode::create_new));
    const std::string header =
        encode_segment_header({.store = facts.store, .number = facts.number, .salt = random_u64()});
    copy->key_ = decode_segment_header(header).key;
    copy->pending_ = header;
    append_frame(copy->pending_,
                 {.key = copy->key_,
                  .offset = segment_header_size,
                  .kind = FrameKind::link,
                  .mark = segment_header_size},
                 encode_link({.first_sequence = facts.first_sequence, .time_ms = facts.time_ms}));
    return copy;
}

SegmentCopy::~SegmentCopy() {
    if (!finished_ && file_ != nullptr) {
        file_.reset();
        // Half a copy helps nobody; one that cannot be removed has no seal, which shows it.
        static_cast<void>(files_.unlink(path_).has_value());
    }
}

Status SegmentCopy::add_batch(Bytes operations_encoded, std::uint32_t count) {
    if (size() + frame_size(operations_encoded.size()) + seal_frame_size > segment_size_max) {
        return make_error(ErrorCode::unsupported,
                          "{}: a segment has at most {} bytes; the next operation is {}", path_,
                          segment_size_max, next_sequence());
    }
    append_frame(pending_,
                 {.key = key_,
                  .offset = size(),
                  .kind = FrameKind::ops,
                  .operations_before = operations_,
                  .mark = segment_header_size},
                 operations_encoded);
    operations_ += count;
    return pending_.size() < pending_max ? Status{} : write_pending();
}

Status SegmentCopy::add_mark(std::uint64_t time_ms) {
    if (size() + frame_size(mark_payload_size) + seal_frame_size > segment_size_max) {
        return {};  // Dates are worth less than the operation that would not fit.
    }
    append_frame(pending_,
                 {.key = key_,
                  .offset = size(),
                  .kind = FrameKind::mark,
                  .operations_before = operations_,
                  .mark = segment_header_size},
                 encode_mark(time_ms));
    return {};
}

Status SegmentCopy::write_pending() {
    STRATA_TRY(file_->write(written_, pending_));
    written_ += pending_.size();
    pending_.clear();
    return {};
}

Status SegmentCopy::finish(std::uint64_t time_ms) {
    STRATA_TRY(write_pending());
    STRATA_TRY(file_->sync());
    append_frame(pending_,
                 {.key = key_,
                  .offset = written_,
                  .kind = FrameKind::seal,
                  .operations_before = operations_,
                  .mark = static_cast<std::uint32_t>(written_)},
                 encode_seal({.time_ms = time_ms}));
    STRATA_TRY(write_pending());
    STRATA_TRY(file_->sync());
    STRATA_TRY(files_.sync_directory(parent_directory(path_)));
    finished_ = true;
    return {};
}

}  // namespace strata
