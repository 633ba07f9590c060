// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/frame_output.hpp"

#include "common/json.hpp"

#include <fmt/format.h>

#include <optional>

namespace strata::tools {
namespace {

/// When the frame was built, for the kinds that say so.
std::optional<std::uint64_t> time_of(const FrameView& frame) {
    if (frame.kind == FrameKind::link) {
        return decode_link(frame.payload)->time_ms;
    }
    if (frame.kind == FrameKind::seal) {
        return decode_seal(frame.payload)->time_ms;
    }
    return frame.kind == FrameKind::mark ? decode_mark(frame.payload) : std::nullopt;
}

/// What a frame says besides its common fields.
std::string detail_of(const FrameView& frame) {
    if (frame.kind == FrameKind::link) {
        const Link link = *decode_link(frame.payload);
        const std::string after =
            link.predecessor == 0
                ? std::string{}
                : fmt::format(" after={}:{}", link.predecessor, link.predecessor_length);
        return fmt::format("first={}{} time={}", link.first_sequence, after, link.time_ms);
    }
    if (frame.kind == FrameKind::seal) {
        const Seal seal = *decode_seal(frame.payload);
        return seal.next_number == 0
                   ? fmt::format("closed time={}", seal.time_ms)
                   : fmt::format("next={} key={:016x} time={}", seal.next_number, seal.next_key,
                                 seal.time_ms);
    }
    if (frame.kind == FrameKind::ops) {
        return fmt::format("seq={}..{}", frame.first_sequence,
                           frame.first_sequence + frame.operations - 1);
    }
    return frame.kind == FrameKind::mark ? fmt::format("time={}", *time_of(frame)) : std::string{};
}

}  // namespace

void FrameWriter::write(const FrameView& frame) {
    std::string& out = output_.buffer();
    const char* kind = frame_kind_name(frame.kind);
    switch (style_.format) {
        case OutputFormat::table:
            if (written_ == 0) {
                out += "     SEGMENT      OFFSET  KIND        MARK       BYTES      OPS  DETAIL\n";
            }
            out += fmt::format("{:>12}  {:>10}  {:<4}  {:>10}  {:>10}  {:>7}  {}\n", frame.segment,
                               frame.offset, kind, frame.mark, frame.payload.size(),
                               frame.operations, detail_of(frame));
            break;
        case OutputFormat::tsv:
            out += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", frame.segment, frame.offset, kind,
                               frame.mark, frame.payload.size(), frame.operations,
                               detail_of(frame));
            break;
        case OutputFormat::json:
        case OutputFormat::ndjson:
            write_json(frame);
            break;
        case OutputFormat::raw:
            out += frame.payload;
            break;
    }
    ++written_;
    output_.flush_if_full();
}

void FrameWriter::write_json(const FrameView& frame) {
    std::string& out = output_.buffer();
    const bool document = style_.format == OutputFormat::json;
    if (document) {
        out += written_ == 0 ? "[\n" : ",\n";
    }
    {
        JsonObject object{out, style_.json};
        object.number("segment", frame.segment);
        object.number("offset", frame.offset);
        object.text("kind", frame_kind_name(frame.kind));
        object.number("mark", frame.mark);
        object.number("bytes", frame.payload.size());
        if (frame.kind == FrameKind::ops) {
            object.number("operations", frame.operations);
            object.big_number("seq", frame.first_sequence);
        }
        if (frame.kind == FrameKind::link) {
            const Link link = *decode_link(frame.payload);
            object.big_number("seq", link.first_sequence);
            object.number("predecessor", link.predecessor);
            object.number("predecessor_length", link.predecessor_length);
        }
        if (frame.kind == FrameKind::seal) {
            object.number("next", decode_seal(frame.payload)->next_number);
        }
        if (const auto time = time_of(frame)) {
            object.number("time", *time);
        }
    }
    if (!document) {
        out += '\n';
    }
}

void FrameWriter::finish() {
    if (style_.format == OutputFormat::json) {
        output_.buffer() += written_ == 0 ? "[]\n" : "\n]\n";
    }
    output_.flush_if_full();
}

}  // namespace strata::tools
