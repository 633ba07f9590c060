// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/frame_output.hpp"

#include "wal_dump/row_writer.hpp"
#include "wal_dump/times.hpp"
#include "wal_dump/view.hpp"

#include <fmt/format.h>

namespace strata::tools {
namespace {

std::string time_word(std::uint64_t ms, bool people) {
    return people ? time_text(ms) : fmt::format("time={}", ms);
}

/// One line for each frame; `raw` writes the payloads.
class FrameListView final : public LogView {
  public:
    explicit FrameListView(const ViewContext& context)
        : output_{context.output},
          selector_{context.selector},
          style_{context.options.style},
          rows_{context.output,
                context.options.style,
                {{.name = "segment", .right = true},
                 {.name = "offset", .right = true},
                 {.name = "kind"},
                 {.name = "mark", .right = true},
                 {.name = "bytes", .right = true},
                 {.name = "ops", .right = true, .text_only = true},
                 {.name = "operations", .data_only = true},
                 {.name = "seq", .data_only = true},
                 {.name = "predecessor", .data_only = true},
                 {.name = "predecessor_length", .data_only = true},
                 {.name = "next", .data_only = true},
                 {.name = "time", .data_only = true},
                 {.name = "detail", .text_only = true}}} {}

    Status frame(const FrameView& frame) override;
    void pause() override { rows_.release(); }
    Status finish() override {
        rows_.finish();
        return {};
    }

  private:
    Output& output_;
    Selector& selector_;
    const OutputStyle& style_;
    RowWriter rows_;
};

Status FrameListView::frame(const FrameView& frame) {
    if (!selector_.wants_frame(frame)) {
        return {};
    }
    if (style_.format == OutputFormat::raw) {
        output_.write(frame.payload);
        return {};
    }
    using Value = RowWriter::Value;
    Value operations;
    Value sequence;
    Value predecessor;
    Value predecessor_length;
    Value next;
    Value time;
    if (frame.kind == FrameKind::ops) {
        operations = std::uint64_t{frame.operations};
        sequence = RowWriter::Big{frame.first_sequence};
    }
    if (frame.kind == FrameKind::link) {
        const Link link = *decode_link(frame.payload);
        sequence = RowWriter::Big{link.first_sequence};
        predecessor = link.predecessor;
        predecessor_length = link.predecessor_length;
    }
    if (frame.kind == FrameKind::seal) {
        next = decode_seal(frame.payload)->next_number;
    }
    if (const auto ms = frame_time(frame)) {
        time = *ms;
    }
    rows_.row({frame.segment, frame.offset, std::string{frame_kind_name(frame.kind)},
               std::uint64_t{frame.mark}, std::uint64_t{frame.payload.size()},
               std::uint64_t{frame.operations}, operations, sequence, predecessor,
               predecessor_length, next, time,
               frame_detail(frame, style_.format == OutputFormat::table)});
    return {};
}

}  // namespace

std::optional<std::uint64_t> frame_time(const FrameView& frame) {
    if (frame.kind == FrameKind::link) {
        return decode_link(frame.payload)->time_ms;
    }
    if (frame.kind == FrameKind::seal) {
        return decode_seal(frame.payload)->time_ms;
    }
    return frame.kind == FrameKind::mark ? decode_mark(frame.payload) : std::nullopt;
}

std::string frame_detail(const FrameView& frame, bool people) {
    if (frame.kind == FrameKind::link) {
        const Link link = *decode_link(frame.payload);
        const std::string after =
            link.predecessor == 0
                ? std::string{}
                : fmt::format(" after={}:{}", link.predecessor, link.predecessor_length);
        return fmt::format("first={}{} {}", link.first_sequence, after,
                           time_word(link.time_ms, people));
    }
    if (frame.kind == FrameKind::seal) {
        const Seal seal = *decode_seal(frame.payload);
        const std::string time = time_word(seal.time_ms, people);
        return seal.next_number == 0
                   ? fmt::format("closed {}", time)
                   : fmt::format("next={} key={:016x} {}", seal.next_number, seal.next_key, time);
    }
    if (frame.kind == FrameKind::ops) {
        return fmt::format("seq={}..{}", frame.first_sequence,
                           frame.first_sequence + frame.operations - 1);
    }
    return frame.kind == FrameKind::mark ? time_word(*frame_time(frame), people) : std::string{};
}

std::unique_ptr<LogView> make_frame_view(const ViewContext& context) {
    return std::make_unique<FrameListView>(context);
}

}  // namespace strata::tools
