// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/bounds.hpp"
#include "entry/cursor.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace strata {

/// Every version of a cursor's entries that is not above a sequence, tombstones too: keys within
/// bounds, in one direction; of each key the newest version first, in both directions.
///
/// It starts before the first version and is used as VisibleCursor is: what it shows is valid until
/// the next call; after false, next() stays false until a seek; after an error every next() repeats
/// it until a seek. One thread at a time.
class VersionCursor {
  public:
    VersionCursor(std::unique_ptr<Cursor> entries, Sequence at, VisibleBounds bounds);

    /// Steps to the next version of the walk; false at its end.
    Result<bool> next();
    /// Steps to the first version of the first key of the walk that is not before `key` (forward:
    /// at or above it, reverse: at or below it) and inside the bounds.
    Result<bool> seek(Bytes key);

    [[nodiscard]] Bytes key() const noexcept { return entries_->entry().key; }
    [[nodiscard]] Bytes value() const noexcept { return entries_->entry().value; }
    [[nodiscard]] Sequence sequence() const noexcept { return entries_->entry().sequence; }
    [[nodiscard]] Kind kind() const noexcept { return entries_->entry().kind; }

  private:
    enum class State : std::uint8_t {
        before,    // no version was asked for yet
        standing,  // entries_ stands on what is shown
        finished,
        failed,
    };

    Result<bool> walk(Result<bool> standing);
    Result<bool> keep(Result<bool> walked);
    Result<bool> step_back();
    Result<bool> walk_forward(bool standing);
    Result<bool> walk_back(bool standing);

    std::unique_ptr<Cursor> entries_;
    Sequence at_;
    VisibleBounds bounds_;
    State state_ = State::before;
    std::optional<Error> error_;
    std::string key_buffer_;  // reverse: the key whose versions are shown
};

}  // namespace strata
