// SPDX-License-Identifier: Apache-2.0
#include "log/format.hpp"

#include "base/assert.hpp"
#include "base/coding.hpp"
#include "base/hash.hpp"

#include <algorithm>

namespace strata {
namespace {

constexpr unsigned kind_shift = 28;
constexpr std::uint32_t size_mask = (std::uint32_t{1} << kind_shift) - 1;
constexpr std::size_t hashed_size = 12;
constexpr std::size_t key_offset = segment_header_size - 8;

}  // namespace

const char* frame_kind_name(FrameKind kind) noexcept {
    switch (kind) {
        case FrameKind::link:
            return "link";
        case FrameKind::ops:
            return "ops";
        case FrameKind::mark:
            return "mark";
        case FrameKind::seal:
            return "seal";
        case FrameKind::pad:
            return "pad";
    }
    return "unknown";
}

std::string encode_segment_header(const SegmentHeader& header) {
    std::string bytes;
    bytes.reserve(segment_header_size);
    bytes.append(segment_magic);
    append(bytes, header.version);
    append(bytes, static_cast<std::uint16_t>(segment_header_size));
    append(bytes, header.required_features);
    append(bytes, header.optional_features);
    append(bytes, std::uint32_t{0});
    bytes.append(header.store.view());
    append(bytes, header.number);
    append(bytes, header.salt);
    append(bytes, hash64(bytes, 0));
    STRATA_ASSERT(bytes.size() == segment_header_size);
    return bytes;
}

DecodedSegmentHeader decode_segment_header(Bytes bytes) noexcept {
    DecodedSegmentHeader decoded;
    if (bytes.size() < segment_header_size ||
        bytes.substr(0, segment_magic.size()) != segment_magic) {
        return decoded;
    }
    decoded.key = load<std::uint64_t>(bytes.data() + key_offset);
    if (decoded.key != hash64(bytes.substr(0, key_offset), 0)) {
        return decoded;
    }
    FieldReader fields{bytes.substr(segment_magic.size(), key_offset - segment_magic.size())};
    SegmentHeader& header = decoded.header;
    header.version = fields.fixed<std::uint16_t>();
    const auto header_size = fields.fixed<std::uint16_t>();
    header.required_features = fields.fixed<std::uint32_t>();
    header.optional_features = fields.fixed<std::uint32_t>();
    static_cast<void>(fields.fixed<std::uint32_t>());
    const Bytes store = fields.take(store_id_size);
    std::ranges::copy(store, header.store.bytes.begin());
    header.number = fields.fixed<std::uint64_t>();
    header.salt = fields.fixed<std::uint64_t>();
    const bool known = header.version == segment_version && header_size == segment_header_size &&
                       (header.required_features & ~segment_features_known) == 0;
    decoded.verdict = known ? HeaderVerdict::valid : HeaderVerdict::unsupported;
    return decoded;
}

std::uint64_t frame_size(std::uint64_t payload_size) noexcept {
    return round_up(frame_header_size + payload_size, frame_alignment);
}

std::uint64_t FrameHeader::frame_size() const noexcept { return strata::frame_size(payload_size); }

void append_frame(std::string& to, const FrameFields& fields, Bytes payload) {
    STRATA_ASSERT(payload.size() <= frame_payload_max);
    STRATA_ASSERT(fields.offset % frame_alignment == 0 && fields.offset >= segment_header_size);
    STRATA_ASSERT(fields.offset + frame_size(payload.size()) <= segment_size_max);
    STRATA_ASSERT(fields.mark == 0 || fields.mark >= segment_header_size);
    STRATA_ASSERT(fields.mark <= fields.offset && fields.mark % frame_alignment == 0);
    char header[frame_header_size];
    const auto kind = static_cast<std::uint32_t>(fields.kind);
    store(header, kind << kind_shift | static_cast<std::uint32_t>(payload.size()));
    store(header + 4, fields.operations_before);
    store(header + 8, fields.mark);
    const std::uint64_t seed = hash64(Bytes{header, hashed_size}, fields.key + fields.offset);
    store(header + 12, low32(seed));
    store(header + 16, low32(hash64(payload, seed)));
    to.append(header, sizeof header);
    to.append(payload);
    to.append(frame_size(payload.size()) - frame_header_size - payload.size(), '\0');
}

std::optional<FrameHeader> verify_frame_header(Bytes bytes, std::uint64_t key,
                                               std::uint64_t offset) noexcept {
    if (bytes.size() < frame_header_size) {
        return std::nullopt;
    }
    const char* at = bytes.data();
    const auto first = load<std::uint32_t>(at);
    const std::uint32_t kind = first >> kind_shift;
    const std::uint32_t size = first & size_mask;
    const auto mark = load<std::uint32_t>(at + 8);
    if (kind < static_cast<std::uint32_t>(FrameKind::link) ||
        kind > static_cast<std::uint32_t>(FrameKind::pad) || size > frame_payload_max ||
        mark > offset || mark % frame_alignment != 0) {
        return std::nullopt;
    }
    const std::uint64_t seed = hash64(Bytes{at, hashed_size}, key + offset);
    if (low32(seed) != load<std::uint32_t>(at + 12)) {
        return std::nullopt;
    }
    return FrameHeader{.kind = static_cast<FrameKind>(kind),
                       .operations_before = load<std::uint32_t>(at + 4),
                       .mark = mark,
                       .payload_size = size,
                       .payload_check = load<std::uint32_t>(at + 16),
                       .seed = seed};
}

bool verify_payload(const FrameHeader& header, Bytes payload) noexcept {
    return payload.size() == header.payload_size &&
           low32(hash64(payload, header.seed)) == header.payload_check;
}

std::string encode_link(const Link& link) {
    std::string payload;
    append(payload, link.first_sequence);
    append(payload, link.predecessor);
    append(payload, link.predecessor_length);
    append(payload, link.time_ms);
    return payload;
}

std::string encode_seal(const Seal& seal) {
    std::string payload;
    append(payload, seal.next_number);
    append(payload, seal.next_key);
    append(payload, seal.time_ms);
    return payload;
}

std::string encode_mark(std::uint64_t time_ms) {
    std::string payload;
    append(payload, time_ms);
    return payload;
}

std::optional<Link> decode_link(Bytes payload) noexcept {
    if (payload.size() != link_payload_size) {
        return std::nullopt;
    }
    FieldReader fields{payload};
    Link link;
    link.first_sequence = fields.fixed<std::uint64_t>();
    link.predecessor = fields.fixed<std::uint64_t>();
    link.predecessor_length = fields.fixed<std::uint64_t>();
    link.time_ms = fields.fixed<std::uint64_t>();
    return link;
}

std::optional<Seal> decode_seal(Bytes payload) noexcept {
    if (payload.size() != seal_payload_size) {
        return std::nullopt;
    }
    FieldReader fields{payload};
    Seal seal;
    seal.next_number = fields.fixed<std::uint64_t>();
    seal.next_key = fields.fixed<std::uint64_t>();
    seal.time_ms = fields.fixed<std::uint64_t>();
    return seal;
}

std::optional<std::uint64_t> decode_mark(Bytes payload) noexcept {
    if (payload.size() != mark_payload_size) {
        return std::nullopt;
    }
    return load<std::uint64_t>(payload.data());
}

}  // namespace strata
