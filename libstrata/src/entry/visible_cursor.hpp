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

/// Versions that a walk stepped over because a reader does not see them. Those that it jumped over
/// by a seek are not counted.
struct HiddenVersions {
    std::uint64_t shadowed = 0;    ///< older than what is seen of their key
    std::uint64_t too_new = 0;     ///< above the sequence
    std::uint64_t tombstones = 0;  ///< newest of their key
    std::uint64_t jumps = 0;       ///< seeks past many versions of one key
};

/// What a reader at one sequence sees of a cursor's entries: per key the newest version that is
/// not above the sequence, unless that is a tombstone; keys within bounds, in one direction.
///
/// It starts before the first key. key(), value(), sequence() and kind() may be asked after a call
/// returned true, and are valid until the next call. After false, next() stays false until a seek;
/// after an error every next() repeats it until a seek. One thread at a time.
class VisibleCursor {
  public:
    VisibleCursor(std::unique_ptr<Cursor> entries, Sequence at, VisibleBounds bounds);

    /// Steps to the next key of the walk; false at its end.
    Result<bool> next();
    /// Steps to the first key of the walk that is not before `key` (forward: at or above it,
    /// reverse: at or below it) and inside the bounds.
    Result<bool> seek(Bytes key);

    [[nodiscard]] Bytes key() const noexcept { return shown_.key; }
    [[nodiscard]] Bytes value() const noexcept { return shown_.value; }
    [[nodiscard]] Sequence sequence() const noexcept { return shown_.sequence; }
    [[nodiscard]] Kind kind() const noexcept { return shown_.kind; }
    [[nodiscard]] const HiddenVersions& hidden() const noexcept { return hidden_; }

  private:
    enum class State : std::uint8_t {
        before,   // no key was asked for yet
        walking,  // forward: entries_ stands on what is shown; reverse: on what comes next
        finished,
        failed,
    };

    Result<bool> walk(Result<bool> standing);
    Result<bool> keep(Result<bool> walked);
    Result<bool> step_forward();
    Result<bool> walk_forward(bool standing);
    Result<bool> walk_back(bool standing);
    Result<bool> newest_by_seek();
    void show_copy(const Entry& entry);

    std::unique_ptr<Cursor> entries_;
    Sequence at_;
    VisibleBounds bounds_;
    State state_ = State::before;
    std::optional<Error> error_;
    bool more_ = false;  // reverse: entries_ stands on an entry
    Entry shown_;        // forward: borrowed from entries_; reverse: from the buffers
    HiddenVersions hidden_;
    std::string passed_;  // forward: the key whose versions are done with; empty: none
    std::string key_buffer_;
    std::string value_buffer_;
};

}  // namespace strata
