// SPDX-License-Identifier: Apache-2.0
// Proves what an inspector says of a segment when manifest or neighbours testify, how it goes on
// behind a loss, and which evidence it gives, by cases in text (testdata/log/inspector.txt).
#include "log/segment_inspector.hpp"

#include "log/log_builder.hpp"
#include "support/datadriven.hpp"
#include "support/files.hpp"
#include "support/must.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace strata::test {
namespace {

constexpr const char* path = "/db/000000000003.wal";

std::string frame_line(const FrameView& frame) {
    std::string text =
        fmt::format("{}-{} {}", frame.offset, frame.end, frame_kind_name(frame.kind));
    if (frame.kind == FrameKind::ops) {
        text += fmt::format(" #{}+{}", frame.first_sequence, frame.operations);
    }
    return text + "\n";
}

std::string report_text(const SegmentReport& report) {
    constexpr const char* words[] = {"clean", "torn-tail", "damaged"};
    std::string text = fmt::format(
        "{}: end {} good {} dropped {} mark {} at {} operations {} sequences {}-{}{}\n",
        words[static_cast<std::size_t>(report.verdict)], report.end, report.good_bytes,
        report.dropped_bytes, report.mark, report.mark_offset, report.operations,
        report.first_sequence, report.last_sequence, report.link_lost ? " link lost" : "");
    return report.damage.empty() ? text : text + report.damage + "\n";
}

/// inspect [length=N] [last=N] [later=MARK] [skip]
std::string inspect_case(const Case& test) {
    CHECK(test.command == "inspect");
    LogBuilder builder;
    for (const std::string& line : test.lines()) {
        builder.line(line);
    }
    const auto files = files_of(builder.segments());
    SegmentExpectation expected{.store = LogBuilder::store(),
                                .number = test.number("number", 3),
                                .length = test.number("length", 0),
                                .length_source = "the manifest lists the segment"};
    if (test.has("last")) {
        expected.start.last = test.number("last");
    }
    std::optional<LaterMark> later;
    if (test.has("later")) {
        later = LaterMark{.segment = 4, .mark = test.number("later"), .path = "/db/4", .offset = 9};
    }
    auto opened = SegmentInspector::open(*files, path, expected);
    if (!opened) {
        return opened.error().message + "\n";
    }
    SegmentInspector& inspector = **opened;
    std::string text;
    bool more = true;
    while (more) {
        if (must(inspector.next())) {
            text += frame_line(inspector.frame());
            continue;
        }
        more = must(inspector.judge(later));
        CHECK_FALSE(more);
        more = test.has("skip") && must(inspector.skip());
        text += more ? "skip\n" : "";
    }
    return text + report_text(inspector.report()) +
           fmt::format("durable {}\n", must(inspector.durable_sequence()));
}

TEST_CASE("inspected segments") { run_cases("log/inspector.txt", inspect_case); }

TEST_CASE("a segment that takes another life is seen") {
    LogBuilder builder;
    builder.run("segment 3\nlink\nops a=1\nsegment 4\nlink\nops b=1\n");
    const auto files = files_of(builder.segments());
    const auto inspector = must(SegmentInspector::open(*files, path));
    CHECK(must(inspector->next()));
    CHECK(must(inspector->same_life()));
    must(must(files->open(path, OpenMode::write))->write(0, builder.segments().at(4).bytes));
    CHECK_FALSE(must(inspector->same_life()));
}

TEST_CASE("what a writer appends between two looks is taken, not judged") {
    LogBuilder builder;
    builder.run("segment 3\nlink\nops a=1\nops b=1\nsynced\nops c=1\n");
    const std::string whole = builder.segments().at(3).bytes;
    const auto files = StrictFileSystem::create();
    must(files->create_directory("/db"));
    const auto file = create_file(*files, path, Bytes{whole}.substr(0, 144));
    const auto inspector = must(SegmentInspector::open(*files, path));
    CHECK(must(inspector->next()));
    CHECK(must(inspector->next()));
    CHECK_FALSE(must(inspector->next()));
    // The frame behind arrives before the one at the end does.
    must(file->write(172, Bytes{whole}.substr(172)));
    must(inspector->refresh());
    CHECK_FALSE(must(inspector->next()));
    must(file->write(0, whole));
    CHECK(must(inspector->judge()));
    CHECK(must(inspector->next()));
    CHECK(must(inspector->next()));
    CHECK_FALSE(must(inspector->next()));
    CHECK_FALSE(must(inspector->judge()));
    CHECK(inspector->report().verdict == SegmentReport::Verdict::clean);
    CHECK(inspector->report().operations == 3);
}

}  // namespace
}  // namespace strata::test
