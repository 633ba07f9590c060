// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"
#include "inspect/log_feed.hpp"
#include "wal_dump/options.hpp"

#include <cstdint>
#include <functional>
#include <optional>

/// Which frames and records of a log are shown.
namespace strata::tools {

/// A place in a log: the key of a segment, which no other has, and an offset.
struct LogPlace {
    std::uint64_t key = 0;
    std::uint64_t offset = 0;
};

/// What only a reading of the whole log can tell.
struct Survey {
    std::uint64_t matches = 0;          ///< records, or frames, that are wanted but for the tail
    std::optional<LogPlace> start{};    ///< what is before it was written before --since
    std::optional<LogPlace> durable{};  ///< what is before it was known to be durable
};

class Selector {
  public:
    explicit Selector(const WalDumpOptions& options) : options_{options} {}

    /// Forgets what was found in another log; --limit counts on.
    void begin_log() {
        survey_ = {};
        rewind();
    }
    /// Whether --since or --durable-only need a first reading, to find their places.
    [[nodiscard]] bool needs_places() const noexcept;
    void find_places(const SegmentInspector& segment, const FrameView& frame);
    void find_places_end(const SegmentInspector& segment);
    /// Whether --tail needs a reading that counts. Call rewind() before it.
    [[nodiscard]] bool needs_count() const noexcept { return options_.tail != 0; }
    void count(const SegmentInspector& segment, const FrameView& frame);
    /// Before each reading that uses what earlier ones found.
    void rewind();

    /// Whether a frame is in the part of the log that is wanted. Called once for each, in order.
    [[nodiscard]] bool reaches(const SegmentInspector& segment, const FrameView& frame);
    /// Calls `take` for the records of a frame that are wanted.
    void records(const FrameView& frame, const std::function<void(const Entry&)>& take);
    /// Whether the frame as a whole is wanted.
    [[nodiscard]] bool wants_frame(const FrameView& frame);

    /// Whether an operation, of a batch of so many, is wanted but for tail and limit.
    [[nodiscard]] bool matches(const Entry& entry, std::uint32_t operations) const;
    /// Counts a match; false when it comes before the tail or behind the limit.
    [[nodiscard]] bool take_one();
    /// Both: whether the operation is to be shown.
    [[nodiscard]] bool take(const Entry& entry, std::uint32_t operations) {
        return matches(entry, operations) && take_one();
    }
    /// A match of the reading that counts for --tail.
    void count_one() noexcept { ++survey_.matches; }

    /// Nothing more is wanted: the limit was reached.
    [[nodiscard]] bool full() const noexcept {
        return options_.limit != 0 && taken_ >= options_.limit;
    }

  private:
    [[nodiscard]] bool matches(const FrameView& frame) const;
    [[nodiscard]] std::uint64_t matches_in(const FrameView& frame) const;

    const WalDumpOptions& options_;
    Survey survey_{};
    std::uint64_t skip_ = 0;  ///< matches before the tail
    std::uint64_t taken_ = 0;
    bool started_ = true;
    bool past_durable_ = false;
    bool durable_seen_ = false;  ///< the segment that has the end of what was durable was met
};

}  // namespace strata::tools
