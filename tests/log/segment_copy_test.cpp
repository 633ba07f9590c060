// SPDX-License-Identifier: Apache-2.0
// Proves that a copy reads back as a clean segment with the operations it was given, that it never
// replaces a file, and that one which is not finished leaves nothing, whatever call fails.
#include "log/segment_copy.hpp"

#include "entry/operation.hpp"
#include "log/format.hpp"
#include "log/segment_report.hpp"
#include "support/files.hpp"
#include "support/must.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace strata::test {
namespace {

constexpr const char* path = "/copy.wal";

std::string operations_of(int first, int count) {
    std::string encoded;
    for (int i = 0; i < count; ++i) {
        const std::string key = fmt::format("key{}", first + i);
        append_operation(encoded, {.key = key, .kind = Kind::put, .value = "value"});
    }
    return encoded;
}

SegmentCopyFacts facts() {
    SegmentCopyFacts facts{.number = 7, .first_sequence = 42, .time_ms = 1000};
    facts.store.bytes.fill('s');
    return facts;
}

Status write_copy(FileSystem& files) {
    const auto copy = STRATA_TRY(SegmentCopy::create(files, path, facts()));
    STRATA_TRY(copy->add_batch(operations_of(0, 1), 1));
    STRATA_TRY(copy->add_mark(2000));
    STRATA_TRY(copy->add_batch(operations_of(1, 3), 3));
    CHECK(copy->next_sequence() == 46);
    return copy->finish(3000);
}

TEST_CASE("a copy is a clean segment, durable to its end") {
    const auto files = StrictFileSystem::create();
    must(write_copy(*files));
    const auto after = files->crash_clone(CrashPolicy::drop, 1);
    std::vector<Sequence> sequences;
    const auto take = [&](const FrameView& frame) -> Status {
        if (frame.kind == FrameKind::ops) {
            sequences.push_back(frame.first_sequence);
        }
        return {};
    };
    const SegmentReport report = must(read_segment_file(*after, path, take));
    CHECK(report.verdict == SegmentReport::Verdict::clean);
    CHECK(report.header.number == 7);
    CHECK(report.header.store == facts().store);
    CHECK(sequences == std::vector<Sequence>{42, 43});
    CHECK(report.operations == 4);
    CHECK(report.last_sequence == 45);
    REQUIRE(report.seal);
    CHECK(report.seal->next_number == 0);
    CHECK(report.seal->time_ms == 3000);
    CHECK(report.link->time_ms == 1000);
    // The seal says that all before it was durable.
    CHECK(report.mark + seal_frame_size == report.end);
}

TEST_CASE("two copies of one segment have keys of their own") {
    const auto files = StrictFileSystem::create();
    must(write_copy(*files));
    const std::string first = content_of(*files, path);
    must(files->unlink(path));
    must(write_copy(*files));
    CHECK(content_of(*files, path) != first);
}

TEST_CASE("a file is never replaced") {
    const auto files = StrictFileSystem::create();
    create_file(*files, path, "precious");
    must_fail(write_copy(*files));
    CHECK(content_of(*files, path) == "precious");
}

TEST_CASE("a copy that is not finished leaves nothing, whatever call fails") {
    const auto files = StrictFileSystem::create();
    const auto faulty = FaultFileSystem::create(files);
    std::uint64_t failed = 0;
    for (std::uint64_t n = 1;; ++n) {
        faulty->fail_nth(n, Fault::no_space);
        const Status written = write_copy(*faulty);
        if (written) {
            break;
        }
        ++failed;
        CHECK_FALSE(exists(*files, path));
    }
    CHECK(failed >= 5);
}

}  // namespace
}  // namespace strata::test
