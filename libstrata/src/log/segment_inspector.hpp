// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"
#include "log/segment_reader.hpp"
#include "log/segment_report.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// One segment, frame after frame, for those who explain instead of recover: it gives every good
/// frame, then a verdict with its evidence, and can go on behind a loss. Takes no lock and writes
/// nothing; what a live writer appends meanwhile is "not yet", never damage. One thread at a time.
///
///     while (inspector->next()) use(inspector->frame());
///     inspector->judge(...)       // true: a writer appended meanwhile, next() has more
///     inspector->skip()           // true: next() has frames behind the loss
namespace strata {

/// What others say of a segment: its manifest, or its neighbours.
struct SegmentExpectation {
    std::optional<StoreId> store{};  ///< unset: any
    std::uint64_t number = 0;        ///< 0: any
    std::uint64_t key = 0;           ///< 0: any
    WalkStart start{};               ///< what the first frame has to agree with
    std::uint64_t length = 0;        ///< its frames end here; 0: unknown
    bool length_durable = true;      ///< and were durable up to here
    std::string length_source{};     ///< who says so: "the manifest lists the segment"
};

/// A frame of a later segment, written when this much was durable.
struct LaterMark {
    std::uint64_t segment = 0;
    std::uint64_t mark = 0;
    std::string path{};
    std::uint64_t offset = 0;  ///< of the frame
};

class SegmentInspector {
  public:
    /// corruption: the file is not a segment, its header is damaged, or it is not the expected one.
    static Result<std::unique_ptr<SegmentInspector>> open(FileSystem& file_system,
                                                          const std::string& path,
                                                          SegmentExpectation expected = {});

    [[nodiscard]] const std::string& path() const noexcept { return file_->path(); }
    [[nodiscard]] std::uint64_t key() const noexcept { return report_.key; }

    /// Steps to the next good frame. False: there is none at offset(), or complete().
    [[nodiscard]] Result<bool> next();
    /// Of the last next() that was true; its payload is valid until the next call.
    [[nodiscard]] const FrameView& frame() const noexcept { return frame_; }
    /// Where the next frame is expected.
    [[nodiscard]] std::uint64_t offset() const noexcept { return walk_->offset(); }
    /// A seal or the expected length was reached: what follows belongs to nobody.
    [[nodiscard]] bool complete() const noexcept;

    /// Forgets what was read ahead, so that a writer's progress shows.
    [[nodiscard]] Status refresh() { return file_->refresh(); }
    /// Reads the header again: false when the file took another life meanwhile.
    [[nodiscard]] Result<bool> same_life();

    /// After next() was false: says in the report what stands here, with the evidence. True when
    /// instead a frame stands there now. `later`: the greatest mark of later segments.
    [[nodiscard]] Result<bool> judge(const std::optional<LaterMark>& later = std::nullopt);
    /// After judge(): goes over what does not verify, or does not fit, to the next frame that
    /// verifies. False: there is none.
    [[nodiscard]] Result<bool> skip();

    /// What was read so far; the verdict is that of the first place that judge() found wrong.
    [[nodiscard]] SegmentReport report() const;

    /// Everything before this offset was known to be durable; 0: nothing is known.
    [[nodiscard]] std::uint64_t durable_end() const noexcept;
    /// Sequence of the last operation before durable_end(); 0: unknown.
    [[nodiscard]] Result<Sequence> durable_sequence();

  private:
    explicit SegmentInspector(SegmentExpectation expected) : expected_{std::move(expected)} {}
    [[nodiscard]] Status check_header(const DecodedSegmentHeader& decoded) const;
    [[nodiscard]] Result<bool> judge_rest(const std::optional<LaterMark>& later);
    void damaged(std::string message);

    SegmentExpectation expected_;
    std::unique_ptr<SegmentFile> file_{};
    std::unique_ptr<SegmentWalk> walk_{};
    SegmentReport report_{};
    FrameView frame_{};
    std::string misfit_{};  ///< what is wrong with the frame at offset(), which verifies
    std::uint64_t good_bytes_ = segment_header_size;
    std::uint64_t lost_bytes_ = 0;  ///< that skip() went over
    std::uint64_t operations_ = 0;
    Sequence first_sequence_ = 0;
    Sequence last_sequence_ = 0;
    Sequence last_before_end_ = 0;  ///< when the first thing wrong was found
    bool link_lost_ = false;
    bool judged_ = false;  ///< something wrong was found
};

}  // namespace strata
