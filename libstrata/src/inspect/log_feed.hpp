// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inspect/log_plan.hpp"
#include "log/segment_inspector.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A log as one stream of frames, for those who explain it: several files, or the log of a store
/// as recovery reads it (the manifest's sealed list, the active segment, where seals lead).
/// Takes no lock and writes nothing. Damage is an event, not an end.
///
/// Beside a live writer, segments are sealed, removed and (by format) reused at any moment. What
/// was open stays readable; when something else does not fit and the store has a newer manifest,
/// the feed starts again from that, behind the last sequence it gave, so that every operation
/// comes once and in order. Operations that are gone by then are a gap, and said to be one.
namespace strata {

class LogFeed {
  public:
    enum class Event : std::uint8_t {
        segment,      ///< a segment begins: segment()
        frame,        ///< frame(), of segment()
        gap,          ///< note(): sequences are missing before the next frame
        segment_end,  ///< segment() has a verdict: report()
        problem,      ///< problem(): a file that is missing or no segment; the feed goes on
        idle,         ///< nothing more for now: finish(), or wait and ask again
    };

    struct Settings {
        bool skip = false;    ///< go on behind losses inside a segment
        bool follow = false;  ///< after idle the caller will wait and ask again
    };

    /// The log of a store.
    static Result<std::unique_ptr<LogFeed>> of_store(FileSystem& files,
                                                     const std::string& directory,
                                                     Settings settings);
    /// Segments in this order. A single one that is followed leads to its successors.
    static std::unique_ptr<LogFeed> of_files(FileSystem& files,
                                             const std::vector<std::string>& paths,
                                             Settings settings);

    [[nodiscard]] Event next();
    /// After idle: the verdict on the last segment, if there is one: segment_end, else idle.
    [[nodiscard]] Event finish();

    [[nodiscard]] const SegmentInspector& segment() const noexcept { return *current_; }
    [[nodiscard]] const FrameView& frame() const noexcept { return current_->frame(); }
    [[nodiscard]] SegmentReport report() const { return current_->report(); }
    /// Of segment(), see SegmentInspector::durable_sequence().
    [[nodiscard]] Sequence durable_sequence();
    [[nodiscard]] const std::string& note() const noexcept { return note_; }
    [[nodiscard]] const Error& problem() const noexcept { return problem_; }
    /// The file of a problem.
    [[nodiscard]] const std::string& problem_path() const noexcept { return planned_.path; }
    /// A segment is being read, and has not had its end.
    [[nodiscard]] bool reading() const noexcept { return current_ != nullptr && !ended_segment_; }
    /// Of a gap: the sequences that are missing, first and last; both 0 when that is unknown.
    [[nodiscard]] Sequence gap_first() const noexcept { return gap_first_; }
    [[nodiscard]] Sequence gap_last() const noexcept { return gap_last_; }
    /// Sequence of the last operation given, or before the log; 0: unknown.
    [[nodiscard]] Sequence last_sequence() const noexcept { return last_; }
    /// After idle: nothing can come any more, however long one waits.
    [[nodiscard]] bool ended();

  private:
    LogFeed(FileSystem& files, Settings settings) : files_{files}, settings_{settings} {}

    [[nodiscard]] std::optional<Event> open_next();
    [[nodiscard]] std::optional<Event> read();
    [[nodiscard]] std::optional<Event> accept();
    [[nodiscard]] std::optional<Event> end_segment();
    [[nodiscard]] Event at_end();
    [[nodiscard]] std::optional<Event> fail(Error error);
    void plan_successor(const SegmentReport& report);
    [[nodiscard]] Result<std::optional<LaterMark>> witness();
    [[nodiscard]] bool superseded();
    Status replan();
    [[nodiscard]] bool watch_manifest();
    [[nodiscard]] bool looks_damaged();

    FileSystem& files_;
    Settings settings_;
    std::string directory_{};         ///< of the store, or of the one file that is followed
    std::uint64_t manifest_ = 0;      ///< number of the manifest the plan is from; 0: none
    std::optional<StoreId> store_{};  ///< that last_ belongs to
    LogPlan plan_{};
    PlannedSegment planned_{};  ///< of current_
    std::unique_ptr<SegmentInspector> current_{};
    bool ended_segment_ = false;  ///< current_ has had its segment_end
    bool frame_held_ = false;     ///< the gap before frame() was told; the frame comes next
    bool began_ = false;
    bool resuming_ = false;  ///< operations up to last_ were given before
    Sequence last_ = 0;
    Sequence gap_first_ = 0;
    Sequence gap_last_ = 0;
    std::string note_{};
    Error problem_{ErrorCode::internal, {}};
    unsigned replans_ = 0;  ///< since the last frame
    unsigned idles_ = 0;    ///< since the last frame
};

}  // namespace strata
