// SPDX-License-Identifier: Apache-2.0
#include "lsm/store_log.hpp"

#include "base/assert.hpp"
#include "base/clock.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

// Offset of the first frame, and so the mark that says "all older segments are durable".
constexpr std::uint64_t first_frame_offset = segment_header_size;

}  // namespace

Status StoreLog::start(std::vector<SegmentFacts> sealed, Sequence last_sequence) {
    auto segment = STRATA_TRY(SegmentWriter::prepare(*config_.file_system, config_.directory,
                                                     config_.next_number(), config_.store,
                                                     segment_room_small));
    LinkFacts link{.first_sequence = last_sequence + 1};
    if (!sealed.empty()) {
        link.predecessor = sealed.back().number;
        link.predecessor_length = sealed.back().length;
    }
    const std::uint64_t number = segment->number();
    activate(std::move(segment), link);
    const MutexLock lock{state_mutex_};
    sealed_ = std::move(sealed);
    durable_ = {number, first_frame_offset};
    end_sequence_ = last_sequence;
    durable_sequence_ = last_sequence;
    return {};
}

void StoreLog::activate(std::unique_ptr<SegmentWriter> segment, const LinkFacts& link) {
    active_ = std::move(segment);
    link_ = link;
    link_written_ = false;
    const MutexLock lock{state_mutex_};
    unsynced_.push_back(active_);
    active_number_ = active_->number();
    active_key_ = active_->key();
    active_first_ = link.first_sequence;
    end_ = {active_->number(), active_->end()};
    if (prepared_ && prepared_->number() <= active_number_) {
        // Prepared beside the one that became active, by a thread that took its number first. A
        // seal leads to a higher number, always.
        unused_.push_back(prepared_->number());
        prepared_.reset();
    }
}

Result<std::unique_ptr<SegmentWriter>> StoreLog::take_prepared() {
    {
        const MutexLock lock{state_mutex_};
        if (prepared_) {
            return std::move(prepared_);
        }
    }
    return SegmentWriter::prepare(*config_.file_system, config_.directory, config_.next_number(),
                                  config_.store);
}

Status StoreLog::prepare_next() {
    {
        const MutexLock lock{state_mutex_};
        if (prepared_) {
            return {};
        }
    }
    auto segment = STRATA_TRY(SegmentWriter::prepare(*config_.file_system, config_.directory,
                                                     config_.next_number(), config_.store));
    const MutexLock lock{state_mutex_};
    // A rotation that could not wait may have prepared one of its own with a higher number; this
    // one would then break the order of the chain.
    if (!prepared_ && segment->number() > active_number_) {
        prepared_ = std::move(segment);
    } else {
        unused_.push_back(segment->number());
    }
    return {};
}

std::optional<std::uint64_t> StoreLog::drop_prepared() {
    const MutexLock lock{state_mutex_};
    if (!prepared_) {
        return std::nullopt;
    }
    const std::uint64_t number = prepared_->number();
    prepared_.reset();
    return number;
}

void StoreLog::begin_frame(bool is_mark) {
    if (active_->pending() == 0) {
        pending_is_mark_ = is_mark;
        const MutexLock lock{state_mutex_};
        mark_ = durable_.segment == active_->number() ? durable_.offset : 0;
    }
    if (!link_written_) {
        active_->add_link({.first_sequence = link_.first_sequence,
                           .predecessor = link_.predecessor,
                           .predecessor_length = link_.predecessor_length,
                           .time_ms = now_ms()},
                          mark_);
        link_written_ = true;
    }
}

void StoreLog::add_batch(Bytes encoded, std::uint32_t operations) {
    begin_frame(false);
    active_->add_batch(encoded, operations, mark_);
}

void StoreLog::add_mark(std::uint64_t time_ms) {
    begin_frame(true);
    active_->add_mark(time_ms, mark_);
}

bool StoreLog::has_pending() const { return active_->pending() > 0; }

std::uint64_t StoreLog::size_with_pending() const { return active_->end() + active_->pending(); }

Status StoreLog::reserve() { return active_->reserve(); }

void StoreLog::discard() {
    active_->discard();
    // The link goes with the group when nothing before it was written.
    link_written_ = active_->end() != first_frame_offset;
}

Status StoreLog::write(Sequence last_sequence, bool sync_follows) {
    const std::uint64_t bytes = active_->pending();
    STRATA_TRY(active_->write(sync_follows));
    const MutexLock lock{state_mutex_};
    end_ = {active_->number(), active_->end()};
    end_sequence_ = last_sequence;
    last_frame_is_mark_ = pending_is_mark_;
    written_ += bytes;
    return {};
}

SegmentFacts StoreLog::active_facts(Sequence last_sequence) const {
    return SegmentFacts{.number = active_->number(),
                        .key = active_->key(),
                        .length = active_->end(),
                        .first_sequence = link_.first_sequence,
                        .last_sequence = last_sequence};
}

Status StoreLog::rotate(Sequence last_sequence) {
    STRATA_ASSERT(active_->pending() == 0 && active_->operations() > 0);
    auto next = STRATA_TRY(take_prepared());
    begin_frame(false);
    active_->add_seal({.next_number = next->number(), .next_key = next->key(), .time_ms = now_ms()},
                      mark_);
    if (auto written = write(last_sequence); !written) {
        Error error = written.take_error();
        error.outcome_unknown = true;
        return error;
    }
    const SegmentFacts sealed = active_facts(last_sequence);
    {
        const MutexLock lock{state_mutex_};
        sealed_.push_back(sealed);
    }
    activate(std::move(next), {.predecessor = sealed.number,
                               .predecessor_length = sealed.length,
                               .first_sequence = last_sequence + 1});
    return {};
}

LogPosition StoreLog::end() const {
    const MutexLock lock{state_mutex_};
    return end_;
}

LogPosition StoreLog::durable() const {
    const MutexLock lock{state_mutex_};
    return durable_;
}

Sequence StoreLog::durable_sequence() const {
    const MutexLock lock{state_mutex_};
    return durable_sequence_;
}

bool StoreLog::wants_mark() const {
    const MutexLock lock{state_mutex_};
    return durable_ == end_ && !last_frame_is_mark_ && active_number_ != 0;
}

Status StoreLog::sync_to(LogPosition position) {
    const MutexLock sync_lock{sync_mutex_};
    if (sync_error_) {
        return Error{*sync_error_};
    }
    std::vector<std::shared_ptr<SegmentWriter>> segments;
    LogPosition target = position;
    Sequence target_sequence = 0;
    {
        const MutexLock lock{state_mutex_};
        if (durable_ >= position) {
            return {};
        }
        if (position.offset != first_frame_offset) {
            target = end_;  // one sync serves everybody who has appended by now
            target_sequence = end_sequence_;
        }
        for (const SegmentFacts& segment : sealed_) {
            if (segment.number < target.segment) {
                target_sequence = std::max(target_sequence, segment.last_sequence);
            }
        }
        for (const auto& segment : unsynced_) {
            if (LogPosition{segment->number(), first_frame_offset} < target) {
                segments.push_back(segment);
            }
        }
    }
    for (const auto& segment : segments) {
        if (auto synced = segment->sync(); !synced) {
            sync_error_ = synced.error();
            return synced;
        }
    }
    const MutexLock lock{state_mutex_};
    durable_ = target;
    durable_sequence_ = std::max(durable_sequence_, target_sequence);
    syncs_ += segments.size();
    std::erase_if(unsynced_,
                  [&](const auto& segment) { return segment->number() < target.segment; });
    return {};
}

Status StoreLog::sync_sealed() { return sync_to({active_number(), first_frame_offset}); }

Status StoreLog::sync_all() { return sync_to(end()); }

void StoreLog::describe(Manifest& manifest) const {
    const MutexLock lock{state_mutex_};
    manifest.sealed.clear();
    manifest.active = active_number_;
    manifest.active_key = active_key_;
    for (const SegmentFacts& segment : sealed_) {
        if (active_number_ != 0 && segment.number >= durable_.segment) {
            manifest.active = segment.number;
            manifest.active_key = segment.key;
            break;
        }
        manifest.sealed.push_back(segment);
    }
}

std::vector<std::uint64_t> StoreLog::retire(std::uint64_t number) {
    const MutexLock lock{state_mutex_};
    std::vector<std::uint64_t> retired = std::exchange(unused_, {});
    for (const SegmentFacts& segment : sealed_) {
        if (segment.number <= number) {
            retired.push_back(segment.number);
        }
    }
    std::erase_if(sealed_, [&](const SegmentFacts& segment) { return segment.number <= number; });
    return retired;
}

std::vector<SegmentFacts> StoreLog::durable_segments() const {
    const MutexLock lock{state_mutex_};
    std::vector<SegmentFacts> segments;
    const auto add_cut = [&](SegmentFacts segment) STRATA_REQUIRES(state_mutex_) {
        segment.length = durable_.offset;
        segment.last_sequence = durable_sequence_;
        if (segment.last_sequence >= segment.first_sequence) {
            segments.push_back(segment);
        }
    };
    for (const SegmentFacts& segment : sealed_) {
        if (segment.number < durable_.segment) {
            segments.push_back(segment);
        } else if (segment.number == durable_.segment) {
            add_cut(segment);
        }
    }
    // In the middle of a rotation the segment is sealed already and still the active one.
    const bool listed = !sealed_.empty() && sealed_.back().number == active_number_;
    if (active_number_ == durable_.segment && !listed) {
        add_cut({.number = active_number_, .key = active_key_, .first_sequence = active_first_});
    }
    return segments;
}

std::optional<std::uint64_t> StoreLog::segment_of(Sequence sequence) const {
    const MutexLock lock{state_mutex_};
    for (const SegmentFacts& segment : sealed_) {
        if (sequence >= segment.first_sequence && sequence <= segment.last_sequence) {
            return segment.number;
        }
    }
    const bool in_active =
        active_number_ != 0 && sequence >= active_first_ && sequence <= end_sequence_;
    return in_active ? std::optional{active_number_} : std::nullopt;
}

std::uint64_t StoreLog::active_number() const {
    const MutexLock lock{state_mutex_};
    return active_number_;
}

Result<std::vector<std::uint64_t>> StoreLog::close(Sequence last_sequence) {
    std::vector<std::uint64_t> unused;
    const bool holds_operations = active_->operations() > 0;
    if (holds_operations) {
        begin_frame(false);
        active_->add_seal({.time_ms = now_ms()}, mark_);
        STRATA_TRY(write(last_sequence));
        STRATA_TRY(sync_all());
        STRATA_TRY(active_->finish());
    } else {
        STRATA_TRY(sync_sealed());
        unused.push_back(active_->number());
    }
    const MutexLock lock{state_mutex_};
    unused.insert(unused.end(), unused_.begin(), unused_.end());
    unused_.clear();
    if (holds_operations) {
        sealed_.push_back(active_facts(last_sequence));
    }
    active_number_ = 0;
    active_key_ = 0;
    return unused;
}

StoreLog::Totals StoreLog::totals() const {
    const MutexLock lock{state_mutex_};
    Totals totals{
        .segments = sealed_.size() + 1, .bytes = end_.offset, .written = written_, .syncs = syncs_};
    for (const SegmentFacts& segment : sealed_) {
        totals.bytes += segment.length;
    }
    return totals;
}

}  // namespace strata
