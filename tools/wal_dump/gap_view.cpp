// SPDX-License-Identifier: Apache-2.0
// Which sequences a log does not have, between its first and its last.
#include "wal_dump/row_writer.hpp"
#include "wal_dump/view.hpp"

#include <string>

namespace strata::tools {
namespace {

class GapView final : public LogView {
  public:
    explicit GapView(const ViewContext& context)
        : rows_{context.output,
                context.options.style,
                {{.name = "file"},
                 {.name = "offset", .right = true},
                 {.name = "first", .right = true},
                 {.name = "last", .right = true},
                 {.name = "missing", .right = true}}} {}

    Status segment(const SegmentInspector& segment) override {
        path_ = segment.path();
        return {};
    }
    Status frame(const FrameView& frame) override {
        if (frame.kind == FrameKind::link) {
            next_ = decode_link(frame.payload)->first_sequence;
        }
        if (frame.kind != FrameKind::ops) {
            return {};
        }
        if (next_ != 0 && frame.first_sequence > next_) {
            add(path_, frame.offset, next_, frame.first_sequence - 1);
        }
        next_ = frame.first_sequence + frame.operations;
        return {};
    }
    void gap(const std::string& path, Sequence first, Sequence last) override {
        if (first != 0) {
            add(path, segment_header_size, first, last);
        }
        next_ = last + 1;
    }
    Status finish() override {
        rows_.finish();
        return {};
    }

  private:
    void add(const std::string& path, std::uint64_t offset, Sequence first, Sequence last) {
        rows_.row({path, offset, RowWriter::Big{first}, RowWriter::Big{last},
                   RowWriter::Big{last - first + 1}});
    }

    RowWriter rows_;
    std::string path_{};
    Sequence next_ = 0;  ///< sequence that is expected; 0: any
};

}  // namespace

std::unique_ptr<LogView> make_gap_view(const ViewContext& context) {
    return std::make_unique<GapView>(context);
}

}  // namespace strata::tools
