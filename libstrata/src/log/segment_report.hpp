// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/format.hpp"

#include <strata/bytes.hpp>
#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Reading one segment by itself, without a manifest, for inspectors: it takes no lock, writes
/// nothing, and answers with a verdict where recovery would refuse. What it cannot see is damage
/// that only a manifest or a later segment proves.
namespace strata {

/// A frame that verifies and fits the ones before it.
struct FrameView {
    std::uint64_t segment = 0;  ///< number in the header of the file
    std::uint64_t offset = 0;
    std::uint64_t end = 0;  ///< offset of the frame behind it
    FrameKind kind = FrameKind::pad;
    std::uint32_t mark = 0;
    std::uint32_t operations_before = 0;
    std::uint32_t operations = 0;  ///< of an ops frame
    Sequence first_sequence = 0;   ///< of an ops frame
    Bytes payload{};               ///< valid until `take` returns
};

struct SegmentReport {
    enum class Verdict : std::uint8_t {
        clean,      ///< a seal, or the end of what was appended
        torn_tail,  ///< something was appended at or behind `end` and never synced: not damage
        damaged,    ///< a rule is broken, or a mark proves that more was durable
    };
    Verdict verdict = Verdict::clean;
    std::string damage{};  ///< of damaged: file, offset, what was expected and found
    std::uint64_t damage_offset = 0;

    SegmentHeader header{};
    std::uint64_t key = 0;
    std::uint64_t file_size = 0;
    std::optional<Link> link{};
    std::optional<Seal> seal{};
    std::uint64_t frames = 0;
    std::uint64_t batches = 0;
    std::uint64_t operations = 0;
    Sequence first_sequence = 0;       ///< of the first operation; 0: there is none
    Sequence last_sequence = 0;        ///< of the last operation; 0: there is none
    bool link_lost = false;            ///< sequences are counted from the expected one, or from 1
    std::uint64_t end = 0;             ///< of the last good frame before anything wrong
    std::uint64_t good_bytes = 0;      ///< of the header and of good frames
    std::uint64_t mark = 0;            ///< greatest; everything before it was durable. 0: none
    std::uint64_t mark_offset = 0;     ///< of the frame that carries it
    std::uint64_t dropped_bytes = 0;   ///< behind `end`, as far as can be told
    std::uint64_t dropped_frames = 0;  ///< that verify behind `end`
};

/// Calls `take` for every good frame in order; an error of `take` stops it. corruption: the file
/// is not a segment, or its header is damaged, so that nothing in it can be trusted.
[[nodiscard]] Result<SegmentReport> read_segment_file(
    FileSystem& file_system, const std::string& path,
    const std::function<Status(const FrameView&)>& take);

}  // namespace strata
