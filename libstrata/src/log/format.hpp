// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"

#include <strata/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// WAL segment, version 1: the bytes of `N.wal`. strata-wal(5) is the full specification.
///
/// Integers are little-endian. h(x, s) is XXH3_64bits_withSeed, low32 its low half. A segment is a
/// header of 64 bytes and then frames, each at the aligned end of the one before:
///
///     header  0   8  magic "STRATWAL"                frame   0  4  kind << 28 | payload length L
///             8   2  version 1                               4  4  operations in this segment
///            10   2  header size 64                                before this frame
///            12   4  required feature bits                   8  4  mark
///            16   4  optional feature bits                  12  4  low32(H),
///            20   4  reserved                                      H = h(bytes 0-11, key + offset)
///            24  16  store id                               16  4  low32(h(payload, H))
///            40   8  segment number (= file name)           20  L  payload, then zeros to a
///            48   8  random salt                                   multiple of 4
///            56   8  h(bytes 0-55, 0), the *key*
///
///     kind     payload
///     1 link   first sequence, predecessor number (0: none), predecessor length, time  (4 x u64)
///     2 ops    one batch: operations as in entry/operation.hpp; operation i has the sequence
///              link's first sequence + operations before this frame + i
///     3 mark   time (u64)
///     4 seal   number and key of the next segment (0: the log was closed), time  (3 x u64)
///     5 pad    anything, ignored
///
/// A link stands at offset 64 and only there; nothing follows a seal. The mark is the offset up to
/// which this segment was on stable storage when the frame was built (64: all older segments
/// were, nothing of this one), or 0 when durability ended in an older segment.
///
/// The header check guards the length, so a damaged length is never followed, and lets a scan
/// test any offset. The key covers the salt, so bytes of an earlier life of the file, or of
/// another segment, never verify; the offset does the same for bytes that moved.
///
/// Example: store id 00..0f, segment 7, salt 1122334455667788, first sequence 42, predecessor 6
/// of 1000 bytes; put k1 = v; closed:
///
///     000  53 54 52 41 54 57 41 4c  01 00 40 00 00 00 00 00
///     010  00 00 00 00 00 00 00 00  00 01 02 03 04 05 06 07
///     020  08 09 0a 0b 0c 0d 0e 0f  07 00 00 00 00 00 00 00
///     030  88 77 66 55 44 33 22 11  8b 00 9f e8 7c b8 7d c1
///     040  20 00 00 10 00 00 00 00  40 00 00 00 d2 da 1b 54
///     050  6c 7a c7 0b 2a 00 00 00  00 00 00 00 06 00 00 00
///     060  00 00 00 00 e8 03 00 00  00 00 00 00 00 68 e5 cf
///     070  8b 01 00 00 06 00 00 20  00 00 00 00 40 00 00 00
///     080  0f b9 4c 91 53 dc 49 09  01 02 01 6b 31 76 00 00
///     090  18 00 00 40 01 00 00 00  40 00 00 00 fd 63 5a e8
///     0a0  f3 9d 7b 96 00 00 00 00  00 00 00 00 00 00 00 00
///     0b0  00 00 00 00 e8 6b e5 cf  8b 01 00 00
///
/// Checked on write: kinds, limits, marks and order, by assertion. Checked on read: everything
/// above except reserved fields and padding, which are ignored. A new frame kind, or any other
/// thing a reader must not ignore, takes a required feature bit; what it may ignore an optional
/// one; a change of this map a new version.
namespace strata {

inline constexpr Bytes segment_magic = "STRATWAL";
inline constexpr std::uint16_t segment_version = 1;
inline constexpr std::size_t segment_header_size = 64;
/// Feature bits that this program understands.
inline constexpr std::uint32_t segment_features_known = 0;
inline constexpr std::size_t frame_header_size = 20;
inline constexpr std::size_t frame_alignment = 4;
inline constexpr std::size_t frame_payload_max = batch_size_max;
/// Offsets and marks have 32 bits; bytes beyond are never written and never looked at.
inline constexpr std::uint64_t segment_size_max = (std::uint64_t{1} << 32) - frame_alignment;

static_assert(segment_magic.size() == 8 && segment_header_size % frame_alignment == 0);
static_assert(frame_header_size % frame_alignment == 0);
static_assert(frame_payload_max < std::size_t{1} << 28, "the length shares its word with the kind");

enum class FrameKind : std::uint8_t { link = 1, ops = 2, mark = 3, seal = 4, pad = 5 };

/// The word for a kind that programs print.
[[nodiscard]] const char* frame_kind_name(FrameKind kind) noexcept;

struct SegmentHeader {
    std::uint16_t version = segment_version;
    std::uint32_t required_features = 0;
    std::uint32_t optional_features = 0;
    StoreId store{};
    std::uint64_t number = 0;
    std::uint64_t salt = 0;
};

enum class HeaderVerdict : std::uint8_t {
    valid,
    invalid,      ///< not the header of a segment, or a damaged one
    unsupported,  ///< verifies, but of a version or with a required feature that is unknown
};

struct DecodedSegmentHeader {
    HeaderVerdict verdict = HeaderVerdict::invalid;
    SegmentHeader header{};  ///< meaningful unless invalid
    std::uint64_t key = 0;   ///< seeds every check of the segment; meaningful unless invalid
};

/// The 64 bytes of a header. The key is their last 8.
[[nodiscard]] std::string encode_segment_header(const SegmentHeader& header);

/// Of any bytes; fewer than 64 are invalid.
[[nodiscard]] DecodedSegmentHeader decode_segment_header(Bytes bytes) noexcept;

/// What a frame says of itself, and where its checks come from.
struct FrameHeader {
    FrameKind kind = FrameKind::pad;
    std::uint32_t operations_before = 0;
    std::uint32_t mark = 0;
    std::uint32_t payload_size = 0;
    std::uint32_t payload_check = 0;
    std::uint64_t seed = 0;  ///< H, the seed of the payload check

    /// Bytes from the frame's offset to the next frame's.
    [[nodiscard]] std::uint64_t frame_size() const noexcept;
};

/// Bytes that a frame with a payload of this size takes.
[[nodiscard]] std::uint64_t frame_size(std::uint64_t payload_size) noexcept;

/// Place and fields of a frame to be encoded.
struct FrameFields {
    std::uint64_t key = 0;
    std::uint64_t offset = 0;
    FrameKind kind = FrameKind::pad;
    std::uint32_t operations_before = 0;
    std::uint32_t mark = 0;
};

/// Appends a whole frame, padding included. The payload has at most frame_payload_max bytes, the
/// mark is 0 or a multiple of 4 from 64 to the offset.
void append_frame(std::string& to, const FrameFields& fields, Bytes payload);

/// The header of the frame at `offset`, if `bytes` (which begin there) hold one that verifies.
/// Cheap filters come before the hash, so that a scan may ask for every multiple of 4.
[[nodiscard]] std::optional<FrameHeader> verify_frame_header(Bytes bytes, std::uint64_t key,
                                                             std::uint64_t offset) noexcept;

/// Whether `payload`, of the length that a verified header states, is what was written.
[[nodiscard]] bool verify_payload(const FrameHeader& header, Bytes payload) noexcept;

/// Payload of a link.
struct Link {
    Sequence first_sequence = 0;           ///< of the segment's first operation
    std::uint64_t predecessor = 0;         ///< number of the segment before; 0: none is needed
    std::uint64_t predecessor_length = 0;  ///< where its frames end
    std::uint64_t time_ms = 0;             ///< since 1970
};

/// Payload of a seal.
struct Seal {
    std::uint64_t next_number = 0;  ///< 0: the log was closed
    std::uint64_t next_key = 0;
    std::uint64_t time_ms = 0;  ///< since 1970
};

inline constexpr std::size_t link_payload_size = 32;
inline constexpr std::size_t mark_payload_size = 8;
inline constexpr std::size_t seal_payload_size = 24;
/// Room that every group leaves, so that a segment can always be sealed.
inline constexpr std::size_t seal_frame_size = frame_header_size + seal_payload_size;

[[nodiscard]] std::string encode_link(const Link& link);
[[nodiscard]] std::string encode_seal(const Seal& seal);
[[nodiscard]] std::string encode_mark(std::uint64_t time_ms);

/// Empty when the payload does not have exactly the right size.
[[nodiscard]] std::optional<Link> decode_link(Bytes payload) noexcept;
[[nodiscard]] std::optional<Seal> decode_seal(Bytes payload) noexcept;
[[nodiscard]] std::optional<std::uint64_t> decode_mark(Bytes payload) noexcept;

}  // namespace strata
