// SPDX-License-Identifier: Apache-2.0
#include "log/reader.hpp"

#include "base/error.hpp"
#include "base/file_name.hpp"
#include "log/segment_reader.hpp"

#include <algorithm>
#include <compare>
#include <memory>
#include <utility>

namespace strata {
namespace {

struct Position {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

/// The greatest mark found behind X, and the frame that carries it.
struct Proof {
    Position durable{};
    std::string path{};
    std::uint64_t offset = 0;
};

/// What was found behind X.
struct Tail {
    Proof proof{};
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
};

class LogReader {
  public:
    LogReader(FileSystem& file_system, const std::string& directory, const LogInput& input,
              const TakeBatch& take)
        : file_system_{file_system}, directory_{directory}, input_{input}, take_{take} {}

    Result<LogVerdict> read();

  private:
    struct Named {
        std::uint64_t number = 0;
        std::uint64_t key = 0;
    };

    Status open_segment(const Named& named);
    Status read_sealed(const SealedSegment& sealed);
    Status read_chain();
    Status deliver();
    void close_segment();
    Result<Tail> look_behind(Position end);
    Status look_into(std::uint64_t number, Tail& tail);
    [[nodiscard]] Status judge(Position end, const Tail& tail) const;
    void conclude(Position end, const Tail& tail);

    FileSystem& file_system_;
    const std::string& directory_;
    const LogInput& input_;
    const TakeBatch& take_;

    WalkStart start_{};
    std::unique_ptr<SegmentFile> file_{};  ///< the segment being read
    std::unique_ptr<SegmentWalk> walk_{};
    LogVerdict verdict_{};
};

Status LogReader::open_segment(const Named& named) {
    const std::string path = file_path(directory_, FileType::wal, named.number);
    auto opened = SegmentFile::open(file_system_, path, SegmentFile::Settle::yes);
    if (!opened) {
        if (opened.error().code == ErrorCode::not_found) {
            return make_error(ErrorCode::corruption, "{}: missing, but the log goes through it",
                              path);
        }
        return opened.take_error();
    }
    file_ = opened.take_value();
    const DecodedSegmentHeader decoded = STRATA_TRY(file_->header());
    if (decoded.verdict == HeaderVerdict::invalid) {
        return corruption_at(path, 0, "the header of the segment does not verify");
    }
    if (decoded.verdict == HeaderVerdict::unsupported) {
        return unsupported_segment(path, decoded.header);
    }
    const SegmentHeader& header = decoded.header;
    if (header.number != named.number || header.store != input_.store || decoded.key != named.key) {
        return corruption_at(path, 0,
                             "expected segment {} of store {} with key {:016x}, found segment {} "
                             "of store {} with key {:016x}",
                             named.number, input_.store.to_hex(), named.key, header.number,
                             header.store.to_hex(), decoded.key);
    }
    walk_ = std::make_unique<SegmentWalk>(*file_, named.number, named.key, start_);
    return {};
}

/// Hands the walk's frame on when it is a batch.
Status LogReader::deliver() {
    const Frame& frame = walk_->frame();
    if (frame.header.kind != FrameKind::ops) {
        return {};
    }
    return take_({.first = walk_->frame_first_sequence(),
                  .operations = walk_->frame_operations(),
                  .encoded = frame.payload,
                  .segment = walk_->number(),
                  .offset = frame.offset});
}

void LogReader::close_segment() {
    const SegmentWalk& walk = *walk_;
    const Sequence last = walk.last_sequence().value_or(0);
    verdict_.segments.push_back({.number = walk.number(),
                                 .key = walk.key(),
                                 .length = walk.offset(),
                                 .first_sequence = walk.link() ? walk.link()->first_sequence : 0,
                                 .last_sequence = last,
                                 .operations = walk.operations(),
                                 .sealed = walk.seal().has_value()});
    verdict_.last_sequence = last;
    verdict_.batches += walk.batches();
    verdict_.operations += walk.operations();
    verdict_.bytes += walk.offset();
    if (walk.mark() != 0) {
        verdict_.durable_segment = walk.number();
        verdict_.durable_offset = walk.mark();
    }
    start_ = {.last = last, .predecessor = walk.number(), .predecessor_length = walk.offset()};
}

Status LogReader::read_sealed(const SealedSegment& sealed) {
    STRATA_TRY(open_segment({sealed.number, sealed.key}));
    while (walk_->offset() < sealed.length) {
        const std::uint64_t offset = walk_->offset();
        const bool more = STRATA_TRY(walk_->next());
        if (!more) {
            return corruption_at(file_->path(), offset,
                                 "the frames that verify end here, but the manifest lists the "
                                 "segment as durable up to {}",
                                 sealed.length);
        }
        if (walk_->offset() > sealed.length) {
            return corruption_at(file_->path(), offset,
                                 "a frame ends at {}, beyond the length {} that the manifest lists",
                                 walk_->offset(), sealed.length);
        }
        STRATA_TRY(deliver());
    }
    const Sequence first = walk_->link() ? walk_->link()->first_sequence : 0;
    if (walk_->offset() != sealed.length || first != sealed.first_sequence ||
        walk_->last_sequence() != sealed.last_sequence) {
        return corruption_at(file_->path(), walk_->offset(),
                             "the segment holds sequences {} to {}, but the manifest lists {} to "
                             "{}",
                             first, walk_->last_sequence().value_or(0), sealed.first_sequence,
                             sealed.last_sequence);
    }
    close_segment();
    return {};
}

/// Goes on from where the walk stands to the first place at which no frame verifies, or to the
/// end of a closed log.
Status LogReader::read_chain() {
    while (true) {
        const bool more = STRATA_TRY(walk_->next());
        if (more) {
            STRATA_TRY(deliver());
            continue;
        }
        if (!walk_->seal() || walk_->seal()->next_number == 0) {
            return {};
        }
        const Named next{walk_->seal()->next_number, walk_->seal()->next_key};
        close_segment();
        STRATA_TRY(open_segment(next));
    }
}

/// Scans a segment beyond the chain. Files that are not the store's, or not whole, are ignored.
Status LogReader::look_into(std::uint64_t number, Tail& tail) {
    const std::string path = file_path(directory_, FileType::wal, number);
    auto opened = SegmentFile::open(file_system_, path, SegmentFile::Settle::yes);
    if (!opened) {
        if (opened.error().code == ErrorCode::not_found) {
            return {};  // A live writer swept it since the directory was listed.
        }
        return opened.take_error();
    }
    SegmentFile& file = **opened;
    const DecodedSegmentHeader decoded = STRATA_TRY(file.header());
    if (decoded.verdict == HeaderVerdict::invalid || decoded.header.number != number ||
        decoded.header.store != input_.store) {
        return {};
    }
    if (decoded.verdict == HeaderVerdict::unsupported) {
        return unsupported_segment(path, decoded.header);
    }
    const TailScan scan = STRATA_TRY(file.scan(decoded.key, segment_header_size));
    if (scan.frames == 0) {
        return {};
    }
    tail.frames += scan.frames;
    tail.bytes += scan.frames_end - segment_header_size;
    const Position marked{number, scan.mark};
    if (scan.mark != 0 && marked > tail.proof.durable) {
        tail.proof = {marked, path, scan.mark_offset};
    }
    return {};
}

/// Everything behind the end of the chain: the rest of its last segment, unless a seal ended it,
/// and every later segment.
Result<Tail> LogReader::look_behind(Position end) {
    Tail tail;
    if (walk_ != nullptr && !walk_->seal()) {
        const Frame torn = STRATA_TRY(file_->frame_at(walk_->key(), end.offset));
        if (torn.state == Frame::State::bad_payload) {
            tail.bytes = std::min(torn.end(), file_->size()) - end.offset;
        }
        const TailScan scan = STRATA_TRY(file_->scan(walk_->key(), end.offset));
        tail.frames = scan.frames;
        tail.bytes = std::max(tail.bytes, scan.bytes_end - std::min(scan.bytes_end, end.offset));
        if (scan.mark != 0) {
            tail.proof = {{end.segment, scan.mark}, file_->path(), scan.mark_offset};
        }
    }
    const std::uint64_t lowest = input_.active != 0 ? end.segment + 1 : input_.next_number;
    const std::vector<std::string> names = STRATA_TRY(file_system_.list(directory_));
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == FileType::wal && parsed.number >= lowest) {
            STRATA_TRY(look_into(parsed.number, tail));
        }
    }
    return tail;
}

Status LogReader::judge(Position end, const Tail& tail) const {
    if (tail.proof.durable <= end) {
        return {};
    }
    const char* what = walk_ == nullptr ? "the manifest says that the log ends here"
                       : walk_->seal()  ? "the log was closed here"
                                        : "no frame verifies";
    const std::string path =
        end.segment == 0 ? directory_ : file_path(directory_, FileType::wal, end.segment);
    return corruption_at(path, end.offset,
                         "{}, but the frame at {} of {} proves that segment {} was durable up to "
                         "{}",
                         what, tail.proof.offset, tail.proof.path, tail.proof.durable.segment,
                         tail.proof.durable.offset);
}

void LogReader::conclude(Position end, const Tail& tail) {
    const Position durable{verdict_.durable_segment, verdict_.durable_offset};
    if (walk_ == nullptr) {
        verdict_.closed = true;
        return;
    }
    close_segment();
    if (tail.proof.durable > durable) {
        verdict_.durable_segment = tail.proof.durable.segment;
        verdict_.durable_offset = tail.proof.durable.offset;
    }
    verdict_.closed = walk_->seal().has_value();
    verdict_.torn = !verdict_.closed && (tail.frames != 0 || tail.bytes != 0);
    if (verdict_.torn) {
        verdict_.torn_path = file_->path();
        verdict_.torn_segment = end.segment;
        verdict_.torn_offset = end.offset;
        verdict_.torn_bytes = tail.bytes;
        verdict_.torn_frames = tail.frames;
    }
}

Result<LogVerdict> LogReader::read() {
    verdict_.last_sequence = input_.last_in_tables;
    start_.last = input_.last_in_tables;
    for (const SealedSegment& sealed : input_.sealed) {
        STRATA_TRY(read_sealed(sealed));
    }
    walk_.reset();
    if (input_.active != 0) {
        STRATA_TRY(open_segment({input_.active, input_.active_key}));
    }
    while (true) {
        Position end{start_.predecessor, start_.predecessor_length};
        if (walk_ != nullptr) {
            STRATA_TRY(read_chain());
            end = {walk_->number(), walk_->offset()};
        }
        const Tail tail = STRATA_TRY(look_behind(end));
        Status judged = judge(end, tail);
        if (judged) {
            conclude(end, tail);
            return std::move(verdict_);
        }
        // Beside a live writer the frame at X and the proof may both be newer than the first look
        // at X. Only a place that still does not verify, after the proof was seen, is damage.
        if (walk_ == nullptr || walk_->seal()) {
            return judged.take_error();
        }
        STRATA_TRY(file_->refresh());
        const Frame again = STRATA_TRY(file_->frame_at(walk_->key(), end.offset));
        if (again.state != Frame::State::good) {
            return judged.take_error();
        }
    }
}

}  // namespace

Result<LogVerdict> read_log(FileSystem& file_system, const std::string& directory,
                            const LogInput& input, const TakeBatch& take) {
    return LogReader{file_system, directory, input, take}.read();
}

}  // namespace strata
