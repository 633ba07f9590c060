// SPDX-License-Identifier: Apache-2.0
#include "entry/version_cursor.hpp"

#include <algorithm>
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
            return keep(start());
        case State::standing: {
            if (bounds_.reverse) {
                return keep(step_back());
            }
            auto standing = entries_->next();
            return keep(standing ? walk_forward(*standing) : std::move(standing));
        }
        case State::finished:
            return false;
        case State::failed:
            break;
    }
    return *error_;
}

Result<bool> VersionCursor::seek(Bytes key) {
    if (bounds_.empty()) {
        return keep(false);
    }
    if (!bounds_.reverse) {
        // A copy, since `key` may be borrowed from the entry that the seek leaves.
        key_buffer_.assign(std::max(key, Bytes{bounds_.lower}));
        auto standing =
            key_buffer_.empty() ? entries_->seek_first() : entries_->seek(key_buffer_, at_);
        return keep(standing ? walk_forward(*standing) : std::move(standing));
    }
    // The least string above `key` excludes what is above `key` itself.
    key_buffer_.assign(key);
    key_buffer_.push_back('\0');
    const bool clamped = bounds_.upper && *bounds_.upper < key_buffer_;
    auto standing = entries_->seek_before(clamped ? *bounds_.upper : key_buffer_);
    return keep(standing ? walk_back(*standing) : std::move(standing));
}

Result<bool> VersionCursor::start() {
    if (bounds_.empty()) {
        return false;
    }
    if (!bounds_.reverse) {
        const bool standing = STRATA_TRY(
            bounds_.lower.empty() ? entries_->seek_first() : entries_->seek(bounds_.lower, at_));
        return walk_forward(standing);
    }
    const bool standing =
        STRATA_TRY(bounds_.upper ? entries_->seek_before(*bounds_.upper) : entries_->seek_last());
    return walk_back(standing);
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
