// SPDX-License-Identifier: Apache-2.0
// Records, one for each operation, and the view that shows nothing.
#include "common/record_output.hpp"
#include "wal_dump/view.hpp"

namespace strata::tools {
namespace {

RecordType record_type(Kind kind) noexcept {
    switch (kind) {
        case Kind::put:
        case Kind::put_expiring:
        case Kind::blob:
            return RecordType::put;
        case Kind::del:
            return RecordType::del;
        case Kind::range_del:
            return RecordType::rangedel;
        case Kind::merge:
            return RecordType::merge;
    }
    return RecordType::put;
}

class RecordView final : public LogView {
  public:
    explicit RecordView(const ViewContext& context)
        : selector_{context.selector},
          offsets_{context.options.offsets},
          records_{context.output, context.options.style,
                   RecordFields{.sequence = true,
                                .type = true,
                                .file = context.options.offsets,
                                .offset = context.options.offsets}} {}

    Status frame(const FrameView& frame) override {
        selector_.records(frame, [&](const Entry& entry) {
            Record record{
                .key = entry.key, .sequence = entry.sequence, .type = record_type(entry.kind)};
            if (entry.kind != Kind::del) {
                record.value = entry.value;
            }
            if (offsets_) {
                record.file = frame.segment;
                record.offset = frame.offset;
            }
            records_.write(record);
        });
        return {};
    }
    void pause() override { records_.release(); }
    Status finish() override {
        records_.finish();
        return {};
    }

  private:
    Selector& selector_;
    bool offsets_;
    RecordWriter records_;
};

class SilentView final : public LogView {
  public:
    Status frame(const FrameView& frame) override {
        static_cast<void>(frame);
        return {};
    }
};

}  // namespace

std::unique_ptr<LogView> make_record_view(const ViewContext& context) {
    return std::make_unique<RecordView>(context);
}

std::unique_ptr<LogView> make_silent_view() { return std::make_unique<SilentView>(); }

}  // namespace strata::tools
