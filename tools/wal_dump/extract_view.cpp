// SPDX-License-Identifier: Apache-2.0
// Copies good batches into a segment file of its own.
#include "base/file_name.hpp"
#include "common/error.hpp"
#include "io/file_contents.hpp"
#include "log/segment_copy.hpp"
#include "wal_dump/frame_output.hpp"
#include "wal_dump/times.hpp"
#include "wal_dump/view.hpp"

#include <algorithm>
#include <string>

namespace strata::tools {
namespace {

class ExtractView final : public LogView {
  public:
    explicit ExtractView(const ViewContext& context) : context_{context} {}

    Status segment(const SegmentInspector& segment) override;
    Status frame(const FrameView& frame) override;
    Status finish() override;

  private:
    Status create(Sequence first);

    ViewContext context_;
    SegmentCopyFacts facts_{};
    std::unique_ptr<SegmentCopy> copy_{};
    bool seen_segment_ = false;
    std::uint64_t last_ms_ = 0;
    Sequence renumbered_ = 0;  ///< original sequence of the first operation that has another now
};

Status ExtractView::segment(const SegmentInspector& segment) {
    const SegmentReport report = segment.report();
    if (!seen_segment_) {
        facts_.store = report.header.store;
        facts_.number = report.header.number;
        seen_segment_ = true;
    } else if (facts_.store != report.header.store) {
        return usage_error(
            "{}: of store {}, but the segments before it are of store {}: extract "
            "them one by one",
            segment.path(), report.header.store.to_hex(), facts_.store.to_hex());
    }
    return {};
}

/// The new file is no member of any store: a name in a store's directory would make it one.
Status ExtractView::create(Sequence first) {
    const std::string& path = context_.options.extract_to;
    const std::string directory = parent_directory(path);
    const auto names = STRATA_TRY(context_.files.list(directory));
    for (const std::string& name : names) {
        const FileType type = parse_file_name(name).type;
        if (type == FileType::lock || type == FileType::manifest) {
            return usage_error(
                "{}: {} holds a store, which nothing may be written into; choose "
                "another directory",
                path, directory);
        }
    }
    const auto status = STRATA_TRY(context_.files.status(path));
    if (status) {
        return usage_error("{}: exists already, and is not replaced", path);
    }
    const FileName name = parse_file_name(base_name(path));
    facts_.number = name.type == FileType::wal ? name.number : facts_.number;
    facts_.first_sequence = first;
    facts_.time_ms = last_ms_;
    copy_ = STRATA_TRY(SegmentCopy::create(context_.files, path, facts_));
    return {};
}

Status ExtractView::frame(const FrameView& frame) {
    const auto time = frame_time(frame);
    last_ms_ = time.value_or(last_ms_);
    if (frame.kind == FrameKind::mark && copy_ != nullptr) {
        return copy_->add_mark(last_ms_);
    }
    if (frame.kind != FrameKind::ops || !context_.selector.wants_frame(frame)) {
        return {};
    }
    if (copy_ == nullptr) {
        STRATA_TRY(create(frame.first_sequence));
    }
    if (renumbered_ == 0 && copy_->next_sequence() != frame.first_sequence) {
        renumbered_ = frame.first_sequence;
    }
    return copy_->add_batch(frame.payload, frame.operations);
}

Status ExtractView::finish() {
    if (copy_ == nullptr) {
        STRATA_TRY(create(1));
    }
    STRATA_TRY(copy_->finish(last_ms_));
    if (renumbered_ != 0 && !context_.options.quiet) {
        context_.diagnostics.note(
            fmt::format("{}: sequences are counted on over what is missing: from {} on they differ "
                        "from the original",
                        context_.options.extract_to, renumbered_));
    }
    return {};
}

}  // namespace

std::unique_ptr<LogView> make_extract_view(const ViewContext& context) {
    return std::make_unique<ExtractView>(context);
}

}  // namespace strata::tools
