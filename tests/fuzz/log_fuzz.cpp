// SPDX-License-Identifier: Apache-2.0
// Any bytes as a WAL segment: read alone and as the log of a store, once as they are and once with
// every check made right, since no fuzzer guesses a check. Both readers must agree, and what they
// say must fit the file.
#include "base/assert.hpp"
#include "base/coding.hpp"
#include "base/file_name.hpp"
#include "log/format.hpp"
#include "log/reader.hpp"
#include "log/segment_report.hpp"

#include <strata/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace strata {
namespace {

constexpr std::uint64_t number = 7;
constexpr std::size_t size_max = std::size_t{1} << 20;

/// The same bytes with a valid header, and every frame's length, mark and checks made right where
/// the frames before it lead. A kind with its highest bit set keeps its damage.
std::string repaired(Bytes input) {
    std::string bytes = encode_segment_header({.number = number, .salt = 1});
    const std::uint64_t key = decode_segment_header(bytes).key;
    input.remove_prefix(std::min(input.size(), segment_header_size));
    while (input.size() >= frame_header_size) {
        const auto first = load<std::uint32_t>(input.data());
        const std::size_t room = input.size() - frame_header_size;
        const std::size_t size = std::min<std::size_t>(first & 0xffff, room);
        const auto mark = load<std::uint32_t>(input.data() + 8);
        const std::uint32_t kind = first >> 28;
        const std::size_t taken = std::min<std::size_t>(frame_size(size), input.size());
        if (kind < 1 || kind > 5) {
            bytes.append(input.substr(0, taken));
            bytes.resize(round_up(bytes.size(), frame_alignment));
        } else {
            const bool valid = mark >= segment_header_size && mark <= bytes.size() && mark % 4 == 0;
            append_frame(bytes,
                         {.key = key,
                          .offset = bytes.size(),
                          .kind = static_cast<FrameKind>(kind),
                          .operations_before = load<std::uint32_t>(input.data() + 4),
                          .mark = valid ? mark : 0},
                         input.substr(frame_header_size, size));
        }
        input.remove_prefix(taken);
    }
    return bytes;
}

void check_report(const SegmentReport& report, std::size_t size) {
    STRATA_ASSERT(report.file_size == size);
    STRATA_ASSERT(report.end >= segment_header_size);
    // Only the padding of the last frame may be missing.
    STRATA_ASSERT(report.end < size + frame_alignment);
    STRATA_ASSERT(report.end + report.dropped_bytes < size + frame_alignment);
    const bool damaged = report.verdict == SegmentReport::Verdict::damaged;
    STRATA_ASSERT(damaged != report.damage.empty());
    STRATA_ASSERT(damaged || report.mark <= report.end);
    STRATA_ASSERT(report.frames == 0 || report.link.has_value());
}

/// As the active segment of a store, the file gets the same verdict.
void check_log(FileSystem& files, const SegmentReport& report) {
    LogInput input{.store = report.header.store, .active = number, .active_key = report.key};
    if (report.link) {
        input.last_in_tables = report.link->first_sequence - 1;
    }
    std::uint64_t operations = 0;
    const auto take = [&](const LogBatch& batch) -> Status {
        STRATA_ASSERT(batch.first == input.last_in_tables + operations + 1);
        operations += batch.operations;
        return {};
    };
    const auto verdict = read_log(files, "/", input, take);
    const bool damaged = report.verdict == SegmentReport::Verdict::damaged;
    const bool goes_on = report.seal && report.seal->next_number != 0;
    if (!verdict) {
        STRATA_ASSERT(verdict.error().code == ErrorCode::corruption);
        STRATA_ASSERT(damaged || goes_on || !report.link);
        return;
    }
    STRATA_ASSERT(!damaged);
    STRATA_ASSERT(operations == report.operations);
    STRATA_ASSERT(verdict->torn == (report.verdict == SegmentReport::Verdict::torn_tail));
    STRATA_ASSERT(verdict->torn_bytes == report.dropped_bytes);
    STRATA_ASSERT(verdict->segments.back().length == report.end);
}

void read_both(const std::string& bytes) {
    const std::shared_ptr<StrictFileSystem> files = StrictFileSystem::create();
    const std::string path = file_path("", FileType::wal, number);
    {
        auto file = files->open(path, OpenMode::create_new).take_value();
        STRATA_ASSERT(file->write(0, bytes).has_value());
    }
    std::uint64_t operations = 0;
    const auto take = [&](const FrameView& frame) -> Status {
        STRATA_ASSERT(frame.operations_before == operations);
        operations += frame.operations;
        return {};
    };
    const auto report = read_segment_file(*files, path, take);
    if (!report) {
        STRATA_ASSERT(report.error().code == ErrorCode::corruption ||
                      report.error().code == ErrorCode::unsupported);
        return;
    }
    STRATA_ASSERT(report->operations == operations);
    check_report(*report, bytes.size());
    if (report->header.number == number) {
        check_log(*files, *report);
    }
}

}  // namespace
}  // namespace strata

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes{data, data + std::min(size, strata::size_max)};
    strata::read_both(bytes);
    strata::read_both(strata::repaired(bytes));
    return 0;
}
