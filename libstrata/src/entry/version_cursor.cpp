// SPDX-License-Identifier: Apache-2.0
#include "entry/version_cursor.hpp"

#include <utility>

namespace strata {
namespace {

// After so many versions above the sequence in a row a seek past the rest is cheaper.
constexpr int versions_stepped_max = 16;

}  // namespace

VersionCursor::VersionCursor(std::unique_ptr<Cursor> entries, Sequence at, VisibleBounds bounds)
    : entries_{std::move(entries)}, at_{at}, bounds_{std::move(bounds)} {}

Result<bool> VersionCursor::next() {
    switch (state_) {
        case State::before:
            return keep(walk(seek_start(*entries_, bounds_, at_)));
        case State::standing:
            return keep(bounds_.reverse ? step_back() : walk(entries_->next()));
        case State::finished:
            return false;
        case State::failed:
            break;
    }
    return *error_;
}

Result<bool> VersionCursor::seek(Bytes key) {
    return keep(walk(seek_from(*entries_, bounds_, key, at_, key_buffer_)));
}

Result<bool> VersionCursor::walk(Result<bool> standing) {
    if (!standing) [[unlikely]] {
        return standing;
    }
    return bounds_.reverse ? walk_back(*standing) : walk_forward(*standing);
}

// Remembers how a walk ended.
Result<bool> VersionCursor::keep(Result<bool> walked) {
    if (!walked) [[unlikely]] {
        state_ = State::failed;
        error_ = walked.error();
    } else {
        state_ = *walked ? State::standing : State::finished;
    }
    return walked;
}

Result<bool> VersionCursor::walk_forward(bool standing) {
    int stepped = 0;
    while (standing) {
        const Entry& entry = entries_->entry();
        if (bounds_.upper && entry.key >= *bounds_.upper) {
            break;
        }
        if (entry.sequence <= at_) {
            return true;
        }
        if (++stepped > versions_stepped_max) {
            stepped = 0;
            key_buffer_.assign(entry.key);
            standing = STRATA_TRY(entries_->seek(key_buffer_, at_));
        } else {
            standing = STRATA_TRY(entries_->next());
        }
    }
    return false;
}

// The next older version of the key, else the newest of the key before it.
Result<bool> VersionCursor::step_back() {
    const bool standing = STRATA_TRY(entries_->next());
    if (standing && entries_->entry().key == key_buffer_) {
        return true;
    }
    const bool before = STRATA_TRY(entries_->seek_before(key_buffer_));
    return walk_back(before);
}

// Comes to a key at its oldest version, and goes to its newest one by a seek.
Result<bool> VersionCursor::walk_back(bool standing) {
    while (standing && entries_->entry().key >= bounds_.lower) {
        key_buffer_.assign(entries_->entry().key);
        if (entries_->entry().sequence <= at_) {
            return entries_->seek(key_buffer_, at_);
        }
        standing = STRATA_TRY(entries_->seek_before(key_buffer_));
    }
    return false;
}

}  // namespace strata
