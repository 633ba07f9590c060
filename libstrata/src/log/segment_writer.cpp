// SPDX-License-Identifier: Apache-2.0
#include "log/segment_writer.hpp"

#include "base/assert.hpp"
#include "base/file_name.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

// Policy, not format: no reader relies on these. A step makes the segment four times as long. Each
// one may become an extent of the file, and ext4 keeps four of them in the inode; with more, every
// sync of fresh blocks writes one block of the journal more (8 KB records: 240 us instead of 195).
constexpr std::uint64_t reserve_step_min = std::uint64_t{256} << 10;
constexpr std::uint64_t reserve_step_max = std::uint64_t{48} << 20;

// The first sync of a block that was only reserved writes the map of the file too: an 8 KB record
// takes 250 us so, 160 in blocks that were written before. Small records share blocks, large groups
// are mostly data: both gain nothing.
constexpr std::size_t blanked_size_min = std::size_t{4} << 10;
constexpr std::size_t blanked_size_max = std::size_t{64} << 10;
constexpr std::uint64_t blank_step = std::uint64_t{1} << 20;

/// A group has about 1 MiB; the buffer of one big batch is given back.
constexpr std::size_t pending_capacity_kept = std::size_t{4} << 20;

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::prepare(FileSystem& file_system,
                                                              const std::string& directory,
                                                              std::uint64_t number,
                                                              const StoreId& store,
                                                              std::uint64_t room) {
    STRATA_ASSERT(number != 0);
    const std::string path = file_path(directory, FileType::wal, number);
    const std::string header =
        encode_segment_header({.store = store, .number = number, .salt = random_u64()});
    std::unique_ptr<SegmentWriter> writer{new SegmentWriter};
    writer->number_ = number;
    writer->key_ = decode_segment_header(header).key;
    writer->file_ = STRATA_TRY(file_system.open(path, OpenMode::create_new));
    Status prepared = writer->reserve_first(room);
    if (prepared) {
        prepared = writer->file_->write(0, header);
    }
    if (!prepared) {
        if (prepared.error().code == ErrorCode::no_space) {
            // Best effort: a leftover without a valid header is ignored by readers anyway.
            writer->file_.reset();
            static_cast<void>(file_system.unlink(path));
        }
        return prepared.take_error();
    }
    STRATA_TRY(writer->file_->sync());
    STRATA_TRY(file_system.sync_directory(directory));
    return writer;
}

Status SegmentWriter::reserve_first(std::uint64_t room) {
    for (const std::uint64_t size : {room, segment_room_small}) {
        Status reserved = file_->reserve(size);
        if (reserved) {
            reserved_ = size;
            return {};
        }
        if (reserved.error().code == ErrorCode::unsupported) {
            can_reserve_ = false;
            return {};
        }
        if (reserved.error().code != ErrorCode::no_space || size == segment_room_small) {
            return reserved;
        }
    }
    return {};
}

bool SegmentWriter::fits(std::size_t payload_size) const noexcept {
    return end_ + pending_.size() + frame_size(payload_size) + seal_frame_size <= segment_size_max;
}

void SegmentWriter::add(FrameKind kind, Bytes payload, std::uint64_t mark) {
    const std::uint64_t offset = end_ + pending_.size();
    STRATA_ASSERT(!write_failed_ && !sealed_);
    STRATA_ASSERT((kind == FrameKind::link) == (offset == segment_header_size));
    STRATA_ASSERT(mark <= end_);
    append_frame(pending_,
                 {.key = key_,
                  .offset = offset,
                  .kind = kind,
                  .operations_before = operations_,
                  .mark = static_cast<std::uint32_t>(mark)},
                 payload);
}

void SegmentWriter::add_link(const Link& link, std::uint64_t mark) {
    add(FrameKind::link, encode_link(link), mark);
}

void SegmentWriter::add_batch(Bytes operations_encoded, std::uint32_t count, std::uint64_t mark) {
    STRATA_ASSERT(count != 0 && !operations_encoded.empty());
    add(FrameKind::ops, operations_encoded, mark);
    // An operation takes at least 4 bytes, so their count cannot pass that of the bytes.
    operations_ += count;
}

void SegmentWriter::add_mark(std::uint64_t time_ms, std::uint64_t mark) {
    add(FrameKind::mark, encode_mark(time_ms), mark);
}

void SegmentWriter::add_seal(const Seal& seal, std::uint64_t mark) {
    add(FrameKind::seal, encode_seal(seal), mark);
    sealed_ = true;
}

Status SegmentWriter::reserve() {
    STRATA_ASSERT(!write_failed_);
    const std::uint64_t needed = end_ + pending_.size() + (sealed_ ? 0 : seal_frame_size);
    if (!can_reserve_ || needed <= reserved_) {
        return {};
    }
    const std::uint64_t step = std::clamp(3 * reserved_, reserve_step_min, reserve_step_max);
    std::uint64_t target = std::max(needed, reserved_ + step);
    Status grown = file_->reserve(target);
    if (!grown && grown.error().code == ErrorCode::no_space && target != needed) {
        target = needed;
        grown = file_->reserve(target);
    }
    if (!grown && grown.error().code == ErrorCode::unsupported) {
        can_reserve_ = false;
        return {};
    }
    if (grown) {
        reserved_ = target;
    }
    return grown;
}

void SegmentWriter::discard() noexcept {
    pending_.clear();
    operations_ = operations_written_;
    sealed_ = sealed_written_;
}

Status SegmentWriter::blank() {
    const std::uint64_t end = end_ + pending_.size();
    const bool gains = pending_.size() >= blanked_size_min && pending_.size() <= blanked_size_max;
    if (!gains || end <= blank_end_) {
        return {};
    }
    const std::string zeros(blanked_size_max, '\0');
    const std::uint64_t to = std::min(reserved_, end + blank_step);
    for (std::uint64_t at = std::max(blank_end_, end_); at < to;) {
        const std::uint64_t size = std::min<std::uint64_t>(zeros.size(), to - at);
        STRATA_TRY(file_->write(at, Bytes{zeros}.substr(0, static_cast<std::size_t>(size))));
        at += size;
        blank_end_ = at;
    }
    return {};
}

Status SegmentWriter::write_pending(bool sync_follows) {
    if (!sync_follows) {
        return file_->store(end_, pending_);
    }
    STRATA_TRY(blank());
    return file_->write(end_, pending_);
}

Status SegmentWriter::write(bool sync_follows) {
    STRATA_ASSERT(!write_failed_ && !pending_.empty());
    Status written = write_pending(sync_follows);
    if (!written) {
        write_failed_ = true;
        return written;
    }
    end_ += pending_.size();
    operations_written_ = operations_;
    sealed_written_ = sealed_;
    pending_.clear();
    if (pending_.capacity() > pending_capacity_kept) {
        pending_.shrink_to_fit();
    }
    return {};
}

Status SegmentWriter::sync() {
    STRATA_ASSERT(!sync_failed_);
    Status synced = file_->sync();
    sync_failed_ = !synced;
    return synced;
}

Status SegmentWriter::finish() {
    STRATA_ASSERT(!write_failed_ && sealed_written_ && pending_.empty());
    // The seal is durable before the rest is cut off: a failed truncation changes nothing.
    STRATA_TRY(file_->truncate(end_));
    return sync();
}

}  // namespace strata
