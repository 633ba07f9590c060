// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "inspect/log_feed.hpp"
#include "wal_dump/options.hpp"
#include "wal_dump/selection.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <memory>

/// What is shown of a log: each mode of the program is one of these.
namespace strata::tools {

class LogView {
  public:
    LogView() = default;
    LogView(const LogView&) = delete;
    LogView& operator=(const LogView&) = delete;
    virtual ~LogView() = default;

    /// A segment begins.
    virtual Status segment(const SegmentInspector& segment) {
        static_cast<void>(segment);
        return {};
    }
    /// A good frame in the part of the log that is wanted.
    virtual Status frame(const FrameView& frame) = 0;
    /// A segment ends, with a verdict.
    virtual Status segment_end(const SegmentInspector& segment) {
        static_cast<void>(segment);
        return {};
    }
    /// Sequences are missing before the next frame: from `first` to `last`, or 0 if unknown.
    virtual void gap(const std::string& path, Sequence first, Sequence last) {
        static_cast<void>(path);
        static_cast<void>(first);
        static_cast<void>(last);
    }
    /// Nothing comes for now: what is held back is shown.
    virtual void pause() {}
    /// The end. Called once, unless an error ended it all.
    virtual Status finish() { return {}; }
};

/// What a view works with; all of it outlives the view.
struct ViewContext {
    const WalDumpOptions& options;
    FileSystem& files;
    Output& output;
    Selector& selector;
    Diagnostics& diagnostics;
};

[[nodiscard]] std::unique_ptr<LogView> make_record_view(const ViewContext& context);
[[nodiscard]] std::unique_ptr<LogView> make_frame_view(const ViewContext& context);
[[nodiscard]] std::unique_ptr<LogView> make_hex_view(const ViewContext& context);
[[nodiscard]] std::unique_ptr<LogView> make_script_view(const ViewContext& context);
[[nodiscard]] std::unique_ptr<LogView> make_stats_view(const ViewContext& context);
[[nodiscard]] std::unique_ptr<LogView> make_gap_view(const ViewContext& context);
[[nodiscard]] std::unique_ptr<LogView> make_silent_view();
[[nodiscard]] std::unique_ptr<LogView> make_extract_view(const ViewContext& context);

}  // namespace strata::tools
