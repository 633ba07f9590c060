// SPDX-License-Identifier: Apache-2.0
#include "entry/visible_cursor.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

// After so many unwanted versions of one key in a row a seek past the rest is cheaper.
constexpr int versions_stepped_max = 16;

}  // namespace

VisibleCursor::VisibleCursor(std::unique_ptr<Cursor> entries, Sequence at, VisibleBounds bounds)
    : entries_{std::move(entries)}, at_{at}, bounds_{std::move(bounds)} {}

Result<bool> VisibleCursor::next() {
    switch (state_) {
        case State::before:
            return keep(walk(seek_start(*entries_, bounds_, at_)));
        case State::walking:
            return keep(bounds_.reverse ? walk_back(more_) : step_forward());
        case State::finished:
            return false;
        case State::failed:
            break;
    }
    return *error_;
}

Result<bool> VisibleCursor::seek(Bytes key) {
    passed_.clear();
    return keep(walk(seek_from(*entries_, bounds_, key, at_, key_buffer_)));
}

Result<bool> VisibleCursor::walk(Result<bool> standing) {
    if (!standing) [[unlikely]] {
        return standing;
    }
    return bounds_.reverse ? walk_back(*standing) : walk_forward(*standing);
}

// Remembers how a walk ended.
Result<bool> VisibleCursor::keep(Result<bool> walked) {
    if (!walked) [[unlikely]] {
        state_ = State::failed;
        error_ = walked.error();
    } else {
        state_ = *walked ? State::walking : State::finished;
    }
    return walked;
}

Result<bool> VisibleCursor::step_forward() {
    passed_.assign(shown_.key);
    const bool standing = STRATA_TRY(entries_->next());
    return walk_forward(standing);
}

Result<bool> VisibleCursor::walk_forward(bool standing) {
    int stepped = 0;
    while (standing) {
        const Entry& entry = entries_->entry();
        if (bounds_.upper && entry.key >= *bounds_.upper) {
            break;
        }
        // No key is empty, so an empty passed_ equals none.
        const bool passed = entry.key == passed_;
        if (!passed && entry.sequence <= at_) {
            if (entry.kind != Kind::del) {
                shown_ = entry;
                return true;
            }
            passed_.assign(entry.key);
            ++hidden_.tombstones;
            standing = STRATA_TRY(entries_->next());
            continue;
        }
        ++(passed ? hidden_.shadowed : hidden_.too_new);
        if (entry.key != key_buffer_) {
            key_buffer_.assign(entry.key);
            stepped = 0;
        } else if (++stepped > versions_stepped_max) {
            stepped = 0;
            ++hidden_.jumps;
            standing = STRATA_TRY(entries_->seek(key_buffer_, passed ? 0 : at_));
            continue;
        }
        standing = STRATA_TRY(entries_->next());
    }
    return false;
}

// Meets the versions of a key oldest first, so the newest visible one is known only when the next
// key, or a version above the sequence, has been reached: hence the copies.
Result<bool> VisibleCursor::walk_back(bool standing) {
    while (standing && (bounds_.lower.empty() || entries_->entry().key >= bounds_.lower)) {
        key_buffer_.assign(entries_->entry().key);
        bool visible = false;
        int stepped = 0;
        int seen = 0;
        do {
            const Entry& entry = entries_->entry();
            if (++stepped > versions_stepped_max) {
                ++hidden_.jumps;
                visible = STRATA_TRY(newest_by_seek());
                standing = STRATA_TRY(entries_->seek_before(key_buffer_));
                break;
            }
            if (entry.sequence <= at_) {
                show_copy(entry);
                visible = true;
                ++seen;
            } else {
                ++hidden_.too_new;
            }
            standing = STRATA_TRY(entries_->prev());
        } while (standing && entries_->entry().key == key_buffer_);
        more_ = standing;
        hidden_.shadowed += static_cast<std::uint64_t>(std::max(seen - 1, 0));
        if (visible && shown_.kind != Kind::del) {
            return true;
        }
        hidden_.tombstones += visible ? 1 : 0;
    }
    return false;
}

// Shows the newest visible version of the key in key_buffer_; false when there is none.
Result<bool> VisibleCursor::newest_by_seek() {
    const bool standing = STRATA_TRY(entries_->seek(key_buffer_, at_));
    if (!standing || entries_->entry().key != key_buffer_) {
        return false;
    }
    show_copy(entries_->entry());
    return true;
}

void VisibleCursor::show_copy(const Entry& entry) {
    value_buffer_.assign(entry.value);
    shown_ = entry;
    shown_.key = key_buffer_;
    shown_.value = value_buffer_;
}

}  // namespace strata
