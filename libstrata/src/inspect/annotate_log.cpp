// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"
#include "entry/entry.hpp"
#include "inspect/annotate.hpp"
#include "log/format.hpp"
#include "log/segment_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata {
namespace {

constexpr std::size_t header_checked_size = 56;

/// Walks over the frames of a segment; what lies between them is shown as bytes.
class SegmentAnnotator {
  public:
    SegmentAnnotator(SegmentFile& segment, File& file, FieldWriter& writer)
        : segment_{segment}, file_{file}, writer_{writer} {}

    Status run() {
        const std::string header = STRATA_TRY(read(0, segment_header_size));
        const DecodedSegmentHeader decoded = STRATA_TRY(segment_.header());
        annotate_header(header, decoded);
        if (decoded.verdict != HeaderVerdict::valid) {
            writer_.problem(0, decoded.verdict == HeaderVerdict::invalid
                                   ? "the header of the segment does not verify"
                                   : "the header has a version or feature that is not known");
        }
        if (decoded.verdict != HeaderVerdict::valid) {
            return lost(std::min<std::uint64_t>(segment_header_size, segment_.size()),
                        segment_.size());
        }
        std::uint64_t offset = segment_header_size;
        while (offset < std::min(segment_.size(), writer_.window().end)) {
            Frame frame = STRATA_TRY(segment_.frame_at(decoded.key, offset));
            if (frame.state == Frame::State::none) {
                const std::uint64_t next = STRATA_TRY(next_frame(decoded.key, offset));
                STRATA_TRY(lost(offset, next));
                offset = next;
                continue;
            }
            if (frame.end() > writer_.window().begin) {
                STRATA_TRY(annotate_frame(frame, decoded.key));
            } else {
                take_link(frame);
            }
            offset = frame.end();
        }
        return {};
    }

  private:
    Result<std::string> read(std::uint64_t offset, std::uint64_t size) {
        const std::uint64_t left = segment_.size() - std::min(segment_.size(), offset);
        std::string bytes(static_cast<std::size_t>(std::min(size, left)), '\0');
        const std::size_t got = STRATA_TRY(file_.read(offset, {bytes.data(), bytes.size()}));
        bytes.resize(got);
        return bytes;
    }

    void annotate_header(Bytes bytes, const DecodedSegmentHeader& decoded) {
        writer_.begin("segment header", 0, bytes);
        if (bytes.size() < segment_header_size) {
            writer_.opaque("cut short", bytes.size());
            return;
        }
        writer_.text("magic", segment_magic.size());
        writer_.number<std::uint16_t>("version");
        writer_.number<std::uint16_t>("header size");
        writer_.number<std::uint32_t>("required bits");
        writer_.number<std::uint32_t>("optional bits");
        writer_.number<std::uint32_t>("reserved");
        writer_.opaque("store id", store_id_size, decoded.header.store.to_hex());
        writer_.number<std::uint64_t>("segment number");
        writer_.number<std::uint64_t>("salt",
                                      fmt::format("{:016x}", writer_.peek<std::uint64_t>()));
        const auto key = writer_.peek<std::uint64_t>();
        const std::uint64_t expected = hash64(bytes.substr(0, header_checked_size), 0);
        writer_.number<std::uint64_t>(
            "check, the key", key == expected
                                  ? fmt::format("{:016x}, verifies", key)
                                  : fmt::format("{:016x}, expected {:016x}", key, expected));
    }

    /// The next place where a frame verifies, or the end of the file or window.
    Result<std::uint64_t> next_frame(std::uint64_t key, std::uint64_t offset) {
        const std::uint64_t end = std::min(segment_.size(), writer_.window().end);
        for (offset += frame_alignment; offset < end; offset += frame_alignment) {
            const Frame frame = STRATA_TRY(segment_.frame_at(key, offset));
            if (frame.state != Frame::State::none) {
                return offset;
            }
        }
        return std::max(end, offset);
    }

    Status lost(std::uint64_t begin, std::uint64_t end) {
        constexpr std::uint64_t piece = 4096;
        writer_.begin("no frame verifies", begin, {});
        end = std::min(std::min(end, segment_.size()), writer_.window().end);
        for (std::uint64_t at = std::max(begin, writer_.window().begin / 16 * 16); at < end;) {
            const std::string bytes = STRATA_TRY(read(at, std::min(piece, end - at)));
            if (bytes.empty()) {
                break;
            }
            const bool zeros = std::ranges::all_of(bytes, [](char byte) { return byte == 0; });
            writer_.go_on(at, bytes);
            if (zeros) {
                writer_.opaque("zeros", bytes.size());
            } else {
                writer_.rows("bytes");
            }
            at += bytes.size();
        }
        return {};
    }

    void take_link(const Frame& frame) {
        if (frame.state == Frame::State::good && frame.header.kind == FrameKind::link) {
            link_ = decode_link(frame.payload);
        }
    }

    Status annotate_frame(const Frame& frame, std::uint64_t key) {
        take_link(frame);
        const std::string header = STRATA_TRY(read(frame.offset, frame_header_size));
        const std::uint64_t payload_at = frame.offset + frame_header_size;
        // frame_at() may have given the payload; a second look at the file would invalidate it.
        const Frame again = STRATA_TRY(segment_.frame_at(key, frame.offset));
        writer_.begin(fmt::format("{} frame", frame_kind_name(frame.header.kind)), frame.offset,
                      header);
        writer_.number<std::uint32_t>(
            "kind and length", fmt::format("{}, {} bytes", frame_kind_name(frame.header.kind),
                                           frame.header.payload_size));
        writer_.number<std::uint32_t>("operations before");
        writer_.number<std::uint32_t>(
            "mark", frame.header.mark == 0 ? "durable in an older segment"
                                           : fmt::format("durable up to {}", frame.header.mark));
        writer_.number<std::uint32_t>(
            "header check", fmt::format("{:08x}, verifies", writer_.peek<std::uint32_t>()));
        const bool good = again.state == Frame::State::good;
        writer_.number<std::uint32_t>("payload check",
                                      fmt::format("{:08x}{}", frame.header.payload_check,
                                                  good ? ", verifies" : ", does not verify"));
        if (!good) {
            return lost(payload_at, frame.end());
        }
        writer_.go_on(payload_at, again.payload);
        annotate_payload(again);
        const std::string padding =
            STRATA_TRY(read(payload_at + frame.header.payload_size,
                            frame.end() - payload_at - frame.header.payload_size));
        writer_.go_on(payload_at + frame.header.payload_size, padding);
        writer_.opaque("padding", padding.size());
        return {};
    }

    void annotate_payload(const Frame& frame) {
        switch (frame.header.kind) {
            case FrameKind::link:
                writer_.number<std::uint64_t>("first sequence");
                writer_.number<std::uint64_t>("predecessor");
                writer_.number<std::uint64_t>("predecessor length");
                writer_.number<std::uint64_t>("time, ms since 1970");
                break;
            case FrameKind::ops:
                annotate_operations(frame);
                break;
            case FrameKind::mark:
                writer_.number<std::uint64_t>("time, ms since 1970");
                break;
            case FrameKind::seal:
                writer_.number<std::uint64_t>(
                    "next segment", writer_.peek<std::uint64_t>() == 0 ? "0: closed" : "");
                writer_.number<std::uint64_t>(
                    "its key", fmt::format("{:016x}", writer_.peek<std::uint64_t>()));
                writer_.number<std::uint64_t>("time, ms since 1970");
                break;
            case FrameKind::pad:
                break;
        }
        writer_.opaque("rest", writer_.left());
    }

    void annotate_operations(const Frame& frame) {
        for (std::uint64_t i = 0; writer_.left() != 0 && !writer_.done(); ++i) {
            const std::string name =
                link_ ? fmt::format("seq {}",
                                    link_->first_sequence + frame.header.operations_before + i)
                      : fmt::format("op {}", i);
            const auto kind = writer_.peek<std::uint8_t>();
            writer_.number<std::uint8_t>(name + " kind",
                                         operation_kind_name(static_cast<Kind>(kind)));
            const std::uint64_t key_size = writer_.varint(name + " key length");
            const std::uint64_t value_size = writer_.varint(name + " value length");
            if (static_cast<Kind>(kind) == Kind::put_expiring) {
                writer_.varint(name + " expiry");
            }
            writer_.text(name + " key", key_size);
            writer_.text(name + " value", value_size);
        }
    }

    SegmentFile& segment_;
    File& file_;
    FieldWriter& writer_;
    std::optional<Link> link_;
};

}  // namespace

Status annotate_segment(FileSystem& files, const std::string& path, FieldWriter& writer) {
    const auto segment = STRATA_TRY(SegmentFile::open(files, path, SegmentFile::Settle::no));
    const auto file = STRATA_TRY(files.open(path, OpenMode::read));
    return SegmentAnnotator{*segment, *file, writer}.run();
}

}  // namespace strata
