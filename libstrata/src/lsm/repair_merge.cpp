// SPDX-License-Identifier: Apache-2.0
#include "lsm/repair_merge.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr std::uint64_t progress_step = std::uint64_t{4} << 20;

/// For a heap whose front comes first in entry order.
bool comes_later(const RepairSource* left, const RepairSource* right) {
    const Entry& a = left->entry();
    const Entry& b = right->entry();
    return compare_entries(a.key, a.sequence, b.key, b.sequence) == std::strong_ordering::greater;
}

}  // namespace

Status RepairMerge::advance(RepairSource& source) {
    const bool more = STRATA_TRY(source.next());
    if (more) {
        heap_.push_back(&source);
        std::ranges::push_heap(heap_, comes_later);
    }
    return {};
}

Status RepairMerge::run() {
    for (const auto& source : sources_.sources) {
        STRATA_TRY(advance(*source));
    }
    while (!heap_.empty()) {
        std::ranges::pop_heap(heap_, comes_later);
        RepairSource& source = *heap_.back();
        heap_.pop_back();
        if (!has_key_ || source.entry().key != key_) {
            end_key();
        }
        STRATA_TRY(take(source));
        tell_progress(source.entry());
        STRATA_TRY(advance(source));
    }
    end_key();
    return {};
}

/// Versions of one key come newest first, from whichever source.
Status RepairMerge::take(const RepairSource& source) {
    const Entry& entry = source.entry();
    in_unnamed_ = in_unnamed_ || source.unnamed();
    if (has_key_) {
        return {};
    }
    has_key_ = true;
    key_ = entry.key;
    newest_ = entry.sequence;
    // A table whose properties are damaged does not say how far it goes.
    sources_.last_sequence = std::max(sources_.last_sequence, entry.sequence);
    shown_ = entry.kind != Kind::del;
    if (!shown_) {
        return {};
    }
    report_.keys_written += 1;
    return sink_ != nullptr ? sink_->add(entry) : Status{};
}

/// Sorts out losses that were met since the last key.
void RepairMerge::update_doubts() {
    for (; losses_seen_ < report_.losses.size(); ++losses_seen_) {
        const RepairLoss& loss = report_.losses[losses_seen_];
        if (loss.kind == "torn-tail" || loss.sequence_to == 0) {
            continue;
        }
        if (loss.key_from || loss.key_to) {
            waiting_.push_back(losses_seen_);
        } else {
            any_key_to_ = std::max(any_key_to_, loss.sequence_to);
        }
    }
}

bool RepairMerge::is_doubtful(std::size_t index) const {
    const RepairLoss& loss = report_.losses[index];
    if (newest_ >= loss.sequence_to) {
        return false;
    }
    if (loss.key_from && (loss.key_from_older ? key_ <= *loss.key_from : key_ < *loss.key_from)) {
        return false;
    }
    const bool superseded =
        std::ranges::find(sources_.superseded, index) != sources_.superseded.end();
    return !superseded || !in_unnamed_;
}

void RepairMerge::end_key() {
    update_doubts();
    if (has_key_) {
        std::erase_if(waiting_, [this](std::size_t index) {
            const auto& key_to = report_.losses[index].key_to;
            return key_to && *key_to < key_;
        });
    }
    if (has_key_ && shown_) {
        const auto doubtful = std::ranges::find_if(
            waiting_, [this](std::size_t index) { return is_doubtful(index); });
        if (doubtful != waiting_.end()) {
            report_.suspects += 1;
            if (options_.suspect) {
                options_.suspect({.key = key_, .sequence = newest_, .loss = *doubtful});
            }
        } else if (newest_ < any_key_to_) {
            report_.keys_in_doubt += 1;
        }
    }
    has_key_ = false;
    in_unnamed_ = false;
}

void RepairMerge::tell_progress(const Entry& entry) {
    bytes_ += entry.key.size() + entry.value.size();
    if (options_.progress && bytes_ - told_ >= progress_step) {
        told_ = bytes_;
        options_.progress(bytes_, std::max(sources_.table_bytes, bytes_));
    }
}

}  // namespace strata
