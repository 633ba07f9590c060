// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/selection.hpp"

#include "entry/operation.hpp"
#include "wal_dump/frame_output.hpp"

namespace strata::tools {
namespace {

bool shows_frames(WalDumpMode mode) noexcept {
    return mode == WalDumpMode::batches || mode == WalDumpMode::hex || mode == WalDumpMode::extract;
}

bool has_type(const OperationTypes& types, Kind kind) noexcept {
    switch (kind) {
        case Kind::put:
        case Kind::put_expiring:
        case Kind::blob:
            return types.put;
        case Kind::del:
            return types.del;
        case Kind::range_del:
            return types.rangedel;
        case Kind::merge:
            return types.merge;
    }
    return false;
}

/// Calls `take` for each operation of a frame, until it returns false.
template <typename Take>
void each_operation(const FrameView& frame, Take take) {
    if (frame.kind != FrameKind::ops) {
        return;
    }
    OperationReader reader{frame.payload};
    Entry entry;
    Sequence sequence = frame.first_sequence;
    while (reader.next(entry)) {
        entry.sequence = sequence++;
        if (!take(entry)) {
            return;
        }
    }
}

}  // namespace

bool Selector::needs_places() const noexcept { return options_.since_ms || options_.durable_only; }

bool Selector::matches(const Entry& entry, std::uint32_t operations) const {
    return entry.sequence >= options_.from_sequence && entry.sequence < options_.to_sequence &&
           entry.key.substr(0, options_.prefix.size()) == options_.prefix &&
           has_type(options_.types, entry.kind) &&
           (!options_.types.only_batches || operations > 1) &&
           (!options_.match || options_.match->matches(entry.key));
}

/// A frame matches when one of its operations does. Frames without operations match when no
/// operations are asked for.
bool Selector::matches(const FrameView& frame) const {
    const bool everything = !options_.filters_records() && options_.from_sequence == 0 &&
                            options_.to_sequence == ~Sequence{0};
    bool found = everything;
    if (!everything) {
        each_operation(frame, [&](const Entry& entry) {
            found = matches(entry, frame.operations);
            return !found;
        });
    }
    return found;
}

std::uint64_t Selector::matches_in(const FrameView& frame) const {
    if (shows_frames(options_.mode)) {
        return matches(frame) ? 1 : 0;
    }
    std::uint64_t count = 0;
    each_operation(frame, [&](const Entry& entry) {
        count += matches(entry, frame.operations) ? 1U : 0U;
        return true;
    });
    return count;
}

void Selector::find_places(const SegmentInspector& segment, const FrameView& frame) {
    const auto time = frame_time(frame);
    if (options_.since_ms && time && *time <= *options_.since_ms) {
        survey_.start = LogPlace{segment.key(), frame.end};
    }
}

void Selector::find_places_end(const SegmentInspector& segment) {
    if (segment.durable_end() != 0) {
        survey_.durable = LogPlace{segment.key(), segment.durable_end()};
    }
}

void Selector::count(const SegmentInspector& segment, const FrameView& frame) {
    if (reaches(segment, frame)) {
        survey_.matches += matches_in(frame);
    }
}

void Selector::rewind() {
    started_ = !survey_.start;
    skip_ = survey_.matches > options_.tail ? survey_.matches - options_.tail : 0;
    past_durable_ = options_.durable_only && !survey_.durable;
    durable_seen_ = false;
}

bool Selector::reaches(const SegmentInspector& segment, const FrameView& frame) {
    if (!started_) {
        started_ = segment.key() == survey_.start->key && frame.end >= survey_.start->offset;
        if (!started_ || frame.end == survey_.start->offset) {
            return false;
        }
    }
    if (options_.durable_only && !past_durable_) {
        const bool here = survey_.durable->key == segment.key();
        past_durable_ = here ? frame.end > survey_.durable->offset : durable_seen_;
        durable_seen_ = durable_seen_ || here;
    }
    return !past_durable_;
}

bool Selector::take_one() {
    if (skip_ != 0) {
        --skip_;
        return false;
    }
    if (full()) {
        return false;
    }
    ++taken_;
    return true;
}

void Selector::records(const FrameView& frame, const std::function<void(const Entry&)>& take) {
    each_operation(frame, [&](const Entry& entry) {
        if (matches(entry, frame.operations) && take_one()) {
            take(entry);
        }
        return true;
    });
}

bool Selector::wants_frame(const FrameView& frame) { return matches(frame) && take_one(); }

}  // namespace strata::tools
