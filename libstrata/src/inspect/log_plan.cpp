// SPDX-License-Identifier: Apache-2.0
#include "inspect/log_plan.hpp"

#include "base/file_name.hpp"
#include "log/segment_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace strata {
namespace {

/// Numbers of a kind of file, ascending.
Result<std::vector<std::uint64_t>> numbers_of(FileSystem& files, const std::string& directory,
                                              FileType type) {
    const auto names = STRATA_TRY(files.list(directory));
    std::vector<std::uint64_t> numbers;
    for (const std::string& name : names) {
        const FileName parsed = parse_file_name(name);
        if (parsed.type == type) {
            numbers.push_back(parsed.number);
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

}  // namespace

LogPlan plan_of(const Manifest& manifest, const std::string& directory) {
    LogPlan plan;
    WalkStart start{.last = manifest.last_sequence};
    for (const SegmentFacts& sealed : manifest.sealed) {
        plan.push_back({.path = file_path(directory, FileType::wal, sealed.number),
                        .expected = {.store = manifest.store,
                                     .number = sealed.number,
                                     .key = sealed.key,
                                     .start = start,
                                     .length = sealed.length,
                                     .length_source = "the manifest lists the segment"},
                        .last_sequence = sealed.last_sequence});
        start = {.last = sealed.last_sequence,
                 .predecessor = sealed.number,
                 .predecessor_length = sealed.length};
    }
    if (manifest.active != 0) {
        plan.push_back({.path = file_path(directory, FileType::wal, manifest.active),
                        .expected = {.store = manifest.store,
                                     .number = manifest.active,
                                     .key = manifest.active_key,
                                     .start = start}});
    }
    return plan;
}

LogPlan plan_of(const std::vector<std::string>& paths) {
    LogPlan plan;
    for (const std::string& path : paths) {
        plan.push_back({.path = path});
    }
    return plan;
}

void add_successor(FileSystem& files, PlannedSegment& segment, const PlannedSegment& next) {
    const auto here = SegmentInspector::open(files, segment.path);
    const auto there = SegmentInspector::open(files, next.path);
    if (!here || !there) {
        return;
    }
    const auto first = (*there)->next();
    const SegmentReport before = (*here)->report();
    const SegmentReport after = (*there)->report();
    if (!first || !*first || !after.link || after.header.store != before.header.store ||
        after.link->predecessor != before.header.number) {
        return;
    }
    segment.expected.length = after.link->predecessor_length;
    segment.expected.length_durable = false;
    segment.expected.length_source = fmt::format("the link of {} names it", next.path);
}

Result<std::optional<LaterMark>> later_mark(FileSystem& files, const std::string& path,
                                            const StoreId& store, std::uint64_t above) {
    const std::optional<LaterMark> none;
    auto opened = SegmentFile::open(files, path, SegmentFile::Settle::no);
    if (!opened) {
        if (opened.error().code == ErrorCode::not_found) {
            return none;  // A live writer swept it since the directory was listed.
        }
        return opened.take_error();
    }
    SegmentFile& file = **opened;
    const DecodedSegmentHeader decoded = STRATA_TRY(file.header());
    if (decoded.verdict != HeaderVerdict::valid || decoded.header.store != store ||
        decoded.header.number <= above) {
        return none;
    }
    const TailScan scan = STRATA_TRY(file.scan(decoded.key, segment_header_size));
    if (scan.mark == 0) {
        return none;
    }
    return std::optional<LaterMark>{LaterMark{.segment = decoded.header.number,
                                              .mark = scan.mark,
                                              .path = path,
                                              .offset = scan.mark_offset}};
}

Result<std::optional<LaterMark>> greatest_later_mark(FileSystem& files,
                                                     const std::string& directory,
                                                     const StoreId& store, std::uint64_t above) {
    const auto numbers = STRATA_TRY(numbers_of(files, directory, FileType::wal));
    std::optional<LaterMark> greatest;
    for (const std::uint64_t number : numbers) {
        if (number > above) {
            auto mark = STRATA_TRY(
                later_mark(files, file_path(directory, FileType::wal, number), store, above));
            greatest = mark ? std::move(mark) : std::move(greatest);
        }
    }
    return greatest;
}

Result<std::uint64_t> newest_manifest_number(FileSystem& files, const std::string& directory) {
    const auto numbers = STRATA_TRY(numbers_of(files, directory, FileType::manifest));
    return numbers.empty() ? std::uint64_t{0} : numbers.back();
}

Result<std::vector<std::string>> segments_in(FileSystem& files, const std::string& directory) {
    const auto numbers = STRATA_TRY(numbers_of(files, directory, FileType::wal));
    std::vector<std::string> paths;
    for (const std::uint64_t number : numbers) {
        paths.push_back(file_path(directory, FileType::wal, number));
    }
    return paths;
}

}  // namespace strata
