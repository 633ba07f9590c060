// SPDX-License-Identifier: Apache-2.0
// Every byte of a segment with what it means, field by field.
#include "entry/operation.hpp"
#include "wal_dump/frame_output.hpp"
#include "wal_dump/row_writer.hpp"
#include "wal_dump/times.hpp"
#include "wal_dump/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace strata::tools {
namespace {

/// Of what cannot be explained, and in a terminal of a long value, so much is shown.
constexpr std::size_t unknown_shown = 64;
constexpr std::size_t value_shown = 256;
/// Longer values come in several rows.
constexpr std::size_t piece_size = std::size_t{64} << 10;

/// Bytes of the number that `bytes` begin with.
std::size_t varint_length(Bytes bytes) {
    const auto* last = std::ranges::find_if(bytes, [](char byte) { return (byte & '\x80') == 0; });
    return std::min<std::size_t>(static_cast<std::size_t>(last - bytes.begin()) + 1, bytes.size());
}

class HexView final : public LogView {
  public:
    explicit HexView(const ViewContext& context)
        : context_{context},
          people_{context.options.style.format == OutputFormat::table},
          per_line_{context.options.style.columns >= 120 ? 16U : 8U},
          rows_{context.output,
                context.options.style,
                {{.name = "offset", .right = true},
                 {.name = "bytes"},
                 {.name = "field"},
                 {.name = "meaning"}}} {}

    Status segment(const SegmentInspector& segment) override;
    Status frame(const FrameView& frame) override;
    Status segment_end(const SegmentInspector& segment) override;
    void pause() override { rows_.release(); }
    Status finish() override {
        rows_.finish();
        return {};
    }

  private:
    /// A run of bytes that is given field after field.
    struct Run {
        Bytes bytes{};
        std::uint64_t offset = 0;
    };
    void field(Run& run, std::size_t size, std::string name, std::string meaning);
    void text_field(Run& run, std::size_t size, const std::string& name);
    void lines(std::uint64_t offset, Bytes bytes, const std::string& name);
    void explain_store(Run& run, const std::string& digits);
    void explain_header(Bytes bytes, const SegmentReport& report);
    void explain_payload(Run& run, const FrameView& frame);
    void explain_operations(Run& run, const FrameView& frame);
    [[nodiscard]] std::string hex(Bytes bytes) const;
    [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::uint64_t size);

    ViewContext context_;
    bool people_;
    std::size_t per_line_;
    RowWriter rows_;
    std::unique_ptr<File> file_{};
};

std::string HexView::hex(Bytes bytes) const {
    std::string text;
    for (const char byte : bytes) {
        text += people_ && !text.empty() ? " " : "";
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return text;
}

Result<std::string> HexView::read(std::uint64_t offset, std::uint64_t size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const std::size_t got = STRATA_TRY(file_->read(offset, bytes));
    bytes.resize(got);
    return bytes;
}

/// A field that fits in one line.
void HexView::field(Run& run, std::size_t size, std::string name, std::string meaning) {
    size = std::min(size, run.bytes.size());
    if (people_ && size > per_line_) {
        rows_.row(
            {run.offset, hex(run.bytes.substr(0, per_line_)), std::move(name), std::move(meaning)});
        for (std::size_t at = per_line_; at < size; at += per_line_) {
            rows_.row({run.offset + at, hex(run.bytes.substr(at, std::min(per_line_, size - at))),
                       std::string{}, std::string{}});
        }
    } else {
        rows_.row(
            {run.offset, hex(run.bytes.substr(0, size)), std::move(name), std::move(meaning)});
    }
    run.bytes.remove_prefix(size);
    run.offset += size;
}

/// Bytes of a user, line by line with their text.
void HexView::text_field(Run& run, std::size_t size, const std::string& name) {
    const Bytes all = run.bytes.substr(0, size);
    if (!people_) {
        for (std::size_t left = all.size(), at = 0; left != 0 || at == 0; ++at) {
            const std::size_t piece = std::min(left, piece_size);
            field(run, piece, name, std::string{run.bytes.substr(0, std::min(piece, value_shown))});
            left -= piece;
        }
        return;
    }
    const bool cut = context_.options.style.columns != 0 && size > value_shown;
    lines(run.offset, cut ? all.substr(0, value_shown) : all, name);
    if (cut) {
        rows_.heading(fmt::format("            ... {} bytes more", size - value_shown));
    }
    run.bytes.remove_prefix(all.size());
    run.offset += all.size();
}

void HexView::lines(std::uint64_t offset, Bytes bytes, const std::string& name) {
    for (std::size_t at = 0; at < bytes.size() || at == 0; at += per_line_) {
        const Bytes line = bytes.substr(at, per_line_);
        std::string text;
        for (const char byte : line) {
            text += byte >= ' ' && byte <= '~' ? byte : '.';
        }
        rows_.row({offset + at, hex(line), at == 0 ? name : std::string{}, text});
    }
}

/// The longest number there is stands in two rows where its bytes do.
void HexView::explain_store(Run& run, const std::string& digits) {
    const std::size_t shown = 2 * per_line_;
    if (people_ && shown < digits.size()) {
        field(run, per_line_, "store id", digits.substr(0, shown));
        field(run, digits.size() / 2 - per_line_, "", digits.substr(shown));
    } else {
        field(run, digits.size() / 2, "store id", digits);
    }
}

void HexView::explain_header(Bytes bytes, const SegmentReport& report) {
    const SegmentHeader& header = report.header;
    Run run{bytes, 0};
    field(run, 8, "magic", std::string{segment_magic});
    field(run, 2, "version", fmt::format("{}", header.version));
    field(run, 2, "header size", fmt::format("{}", segment_header_size));
    field(run, 4, "required features", fmt::format("{:#x}", header.required_features));
    field(run, 4, "optional features", fmt::format("{:#x}", header.optional_features));
    field(run, 4, "reserved", "ignored");
    explain_store(run, header.store.to_hex());
    field(run, 8, "segment number", fmt::format("{}", header.number));
    field(run, 8, "salt", fmt::format("{:016x}", header.salt));
    field(run, 8, "check and key", fmt::format("{:016x}, verifies", report.key));
}

Status HexView::segment(const SegmentInspector& segment) {
    file_ = STRATA_TRY(context_.files.open(segment.path(), OpenMode::read));
    const std::string bytes = STRATA_TRY(read(0, segment_header_size));
    rows_.heading(fmt::format("{}: header of a segment", segment.path()));
    explain_header(bytes, segment.report());
    return {};
}

void HexView::explain_operations(Run& run, const FrameView& frame) {
    OperationReader reader{frame.payload};
    Entry entry;
    Sequence sequence = frame.first_sequence;
    std::size_t begin = 0;
    while (reader.next(entry)) {
        const std::size_t size = reader.offset() - begin;
        std::size_t lengths = size - entry.key.size() - entry.value.size() - 1;
        const char* kind = entry.kind == Kind::del   ? "del"
                           : entry.kind == Kind::put ? "put"
                                                     : "put with expiry";
        field(run, 1, "operation", fmt::format("{}, sequence {}", kind, sequence++));
        const std::size_t key_length = varint_length(run.bytes);
        const std::size_t value_length = varint_length(run.bytes.substr(key_length));
        field(run, key_length, "key length", fmt::format("{}", entry.key.size()));
        field(run, value_length, "value length", fmt::format("{}", entry.value.size()));
        lengths -= std::min(lengths, key_length + value_length);
        if (lengths != 0) {
            field(run, lengths, "expiry", time_text(entry.expiry));
        }
        text_field(run, entry.key.size(), "key");
        if (!entry.value.empty()) {
            text_field(run, entry.value.size(), "value");
        }
        begin = reader.offset();
    }
}

void HexView::explain_payload(Run& run, const FrameView& frame) {
    switch (frame.kind) {
        case FrameKind::link: {
            const Link link = *decode_link(frame.payload);
            field(run, 8, "first sequence", fmt::format("{}", link.first_sequence));
            field(run, 8, "predecessor",
                  link.predecessor == 0 ? "none" : fmt::format("segment {}", link.predecessor));
            field(run, 8, "its length", fmt::format("{}", link.predecessor_length));
            field(run, 8, "time", time_text(link.time_ms));
            break;
        }
        case FrameKind::ops:
            explain_operations(run, frame);
            break;
        case FrameKind::mark:
            field(run, 8, "time", time_text(*frame_time(frame)));
            break;
        case FrameKind::seal: {
            const Seal seal = *decode_seal(frame.payload);
            field(run, 8, "next segment",
                  seal.next_number == 0 ? "none: closed" : fmt::format("{}", seal.next_number));
            field(run, 8, "its key", fmt::format("{:016x}", seal.next_key));
            field(run, 8, "time", time_text(seal.time_ms));
            break;
        }
        case FrameKind::pad:
            field(run, frame.payload.size(), "pad", "ignored");
            break;
    }
}

Status HexView::frame(const FrameView& frame) {
    if (!context_.selector.wants_frame(frame)) {
        return {};
    }
    const std::string header = STRATA_TRY(read(frame.offset, frame_header_size));
    const std::string_view kind = frame_kind_name(frame.kind);
    rows_.heading(fmt::format("frame at {}: {} {}", frame.offset, kind, frame_detail(frame, true)));
    Run run{header, frame.offset};
    field(run, 4, "kind and length",
          fmt::format("{}, payload of {} bytes", kind, frame.payload.size()));
    field(run, 4, "operations before", fmt::format("{}", frame.operations_before));
    field(run, 4, "mark",
          frame.mark == 0 ? "0: durability had not reached this segment"
          : frame.mark == segment_header_size
              ? "64: older segments were durable"
              : fmt::format("everything before {} was durable", frame.mark));
    field(run, 4, "header check", "verifies");
    field(run, 4, "payload check", "verifies");
    Run payload{frame.payload, frame.offset + frame_header_size};
    explain_payload(payload, frame);
    const std::uint64_t padded = frame.end - payload.offset;
    if (padded != 0) {
        const std::string bytes = STRATA_TRY(read(payload.offset, padded));
        Run padding{bytes, payload.offset};
        field(padding, bytes.size(), "padding", "ignored");
    }
    return {};
}

/// What stands behind the last good frame.
Status HexView::segment_end(const SegmentInspector& segment) {
    const SegmentReport report = segment.report();
    if (report.verdict == SegmentReport::Verdict::clean) {
        return {};
    }
    const std::uint64_t shown = std::min<std::uint64_t>(report.dropped_bytes, unknown_shown);
    rows_.heading(
        fmt::format("{} at {}: {} bytes",
                    report.verdict == SegmentReport::Verdict::damaged ? "damaged" : "torn",
                    report.end, report.dropped_bytes));
    const std::string bytes = STRATA_TRY(read(report.end, shown));
    if (people_) {
        lines(report.end, bytes, "unknown");
    } else {
        Run run{bytes, report.end};
        field(run, bytes.size(), "unknown", "no frame verifies");
    }
    if (report.dropped_bytes > shown) {
        rows_.heading(fmt::format("            ... {} bytes more", report.dropped_bytes - shown));
    }
    return {};
}

}  // namespace

std::unique_ptr<LogView> make_hex_view(const ViewContext& context) {
    return std::make_unique<HexView>(context);
}

}  // namespace strata::tools
