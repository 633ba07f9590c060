// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"

#include <strata/bytes.hpp>
#include <strata/result.hpp>

namespace strata {

/// Walks entries in entry order (key ascending, sequence descending), both ways. Memtables,
/// tables, runs and merges of them all have this one interface.
///
/// A cursor stands on an entry or nowhere. Each call returns true when it stands on an entry
/// afterwards; false when there is none in that direction, after which it stands nowhere and only
/// a seek helps. entry() borrows bytes that are valid until the next call. One thread at a time.
class Cursor {
  public:
    Cursor() = default;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    virtual ~Cursor() = default;

    virtual Result<bool> seek_first() = 0;
    virtual Result<bool> seek_last() = 0;
    /// The first entry at or after (key, sequence): with sequence_max, the newest version of the
    /// first key that is not below `key`.
    virtual Result<bool> seek(Bytes key, Sequence sequence) = 0;
    /// The last entry whose key is below `key`, that is the oldest version of that key.
    virtual Result<bool> seek_before(Bytes key) = 0;

    /// Requires that the cursor stands on an entry.
    virtual Result<bool> next() = 0;
    virtual Result<bool> prev() = 0;

    /// Meaningful only while the cursor stands on an entry.
    [[nodiscard]] const Entry& entry() const noexcept { return entry_; }

  protected:
    Entry entry_;
};

}  // namespace strata
