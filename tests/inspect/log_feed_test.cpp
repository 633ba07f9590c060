// SPDX-License-Identifier: Apache-2.0
// Proves that a feed gives every operation of a log once and in order: of files, of a store that
// was closed, killed or damaged, and of one whose writer rotates, flushes and reopens meanwhile.
#include "inspect/log_feed.hpp"

#include "base/file_name.hpp"
#include "entry/operation.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "version/manifest_file.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

using Event = LogFeed::Event;

Options options_of(const std::shared_ptr<FileSystem>& disk) {
    Options options;
    options.file_system = disk;
    options.memtable_size = 512;
    options.sync = SyncMode::none();
    return options;
}

/// What a feed gave, until it had nothing more.
struct Given {
    std::vector<Sequence> sequences{};
    std::uint64_t missing = 0;
    std::vector<std::string> problems{};
    std::vector<std::string> gaps{};
    std::vector<SegmentReport> reports{};
};

void take(LogFeed& feed, Event event, Given& given) {
    if (event == Event::frame && feed.frame().kind == FrameKind::ops) {
        for (std::uint32_t i = 0; i < feed.frame().operations; ++i) {
            given.sequences.push_back(feed.frame().first_sequence + i);
        }
    } else if (event == Event::gap) {
        given.gaps.push_back(feed.note());
        given.missing += feed.gap_first() == 0 ? 0 : feed.gap_last() - feed.gap_first() + 1;
    } else if (event == Event::problem) {
        given.problems.push_back(feed.problem().message);
    } else if (event == Event::segment_end) {
        given.reports.push_back(feed.report());
    }
}

Given drain(LogFeed& feed) {
    Given given;
    while (true) {
        Event event = feed.next();
        event = event == Event::idle ? feed.finish() : event;
        if (event == Event::idle) {
            return given;
        }
        take(feed, event, given);
    }
}

/// Ascending without a hole from `first` to `last`.
void check_run(const Given& given, Sequence first, Sequence last) {
    REQUIRE(given.sequences.size() == last - first + 1);
    for (std::size_t i = 0; i < given.sequences.size(); ++i) {
        CHECK(given.sequences[i] == first + i);
    }
}

std::vector<std::string> wal_files(FileSystem& files) { return must(segments_in(files, "/s")); }

/// A store whose log is 30 operations in several segments; its workers are gone, as after a kill.
std::shared_ptr<StrictFileSystem> make_log() {
    const auto disk = StrictFileSystem::create();
    Options options = options_of(disk);
    options.memtable_size = 1 << 20;
    for (int round = 0; round < 3; ++round) {
        const auto store = must(open("/s", options));
        for (int i = 0; i < 10; ++i) {
            must(store->put(fmt::format("key{}", i), "value"));
        }
        must(store->close());
    }
    return disk;
}

TEST_CASE("the log of a closed store, whole") {
    const auto disk = make_log();
    const auto feed = must(LogFeed::of_store(*disk, "/s", {}));
    const Given given = drain(*feed);
    check_run(given, 1, 30);
    CHECK(given.problems.empty());
    CHECK(given.gaps.empty());
    CHECK(given.reports.size() == 3);
    for (const SegmentReport& report : given.reports) {
        CHECK(report.verdict == SegmentReport::Verdict::clean);
    }
}

TEST_CASE("a missing segment is a problem and a gap, and the rest is given") {
    const auto disk = make_log();
    const auto segments = wal_files(*disk);
    must(disk->unlink(segments.at(1)));
    const auto feed = must(LogFeed::of_store(*disk, "/s", {}));
    const Given given = drain(*feed);
    REQUIRE(given.problems.size() == 1);
    CHECK(given.problems[0].find(segments[1]) != std::string::npos);
    CHECK(given.problems[0].find("missing") != std::string::npos);
    CHECK(given.missing == 10);
    CHECK(given.sequences.size() == 20);
    CHECK(given.sequences.back() == 30);
    // The same files without a manifest: no problem is known, but the gap shows.
    const auto files = LogFeed::of_files(*disk, {segments[0], segments[2]}, {});
    const Given of_files = drain(*files);
    CHECK(of_files.problems.empty());
    CHECK(of_files.missing == 10);
    CHECK(of_files.gaps.size() == 1);
}

TEST_CASE("a flip in a sealed segment is damage; skipping loses one operation") {
    const auto disk = make_log();
    const std::string path = wal_files(*disk).at(1);
    const auto file = must(disk->open(path, OpenMode::write));
    char byte = 0;
    REQUIRE(must(file->read(200, {&byte, 1})) == 1);
    byte = static_cast<char>(byte ^ 1);
    must(file->write(200, {&byte, 1}));
    for (const bool skip : {false, true}) {
        CAPTURE(skip);
        const auto feed = must(LogFeed::of_store(*disk, "/s", {.skip = skip}));
        const Given given = drain(*feed);
        REQUIRE(given.reports.size() == 3);
        CHECK(given.reports[1].verdict == SegmentReport::Verdict::damaged);
        CHECK(given.reports[1].damage.find("the manifest lists the segment") != std::string::npos);
        CHECK(given.sequences.size() == (skip ? 29 : 22));
        CHECK(given.sequences.back() == 30);
        CHECK(given.missing == (skip ? 0 : 8));
    }
}

TEST_CASE("the neighbour's link ends a segment that was cut by a crash") {
    const auto disk = StrictFileSystem::create();
    Options options = options_of(disk);
    options.memtable_size = 1 << 20;
    {
        const auto store = must(open("/s", options));
        must(store->put("a", "1", {.sync = SyncMode::sync()}));
        must(store->put("b", "2"));
        // No close: as after a kill.
    }
    const auto segments = wal_files(*disk);
    const std::string first = segments.front();
    const auto file = must(disk->open(first, OpenMode::write));
    const auto before = must(SegmentInspector::open(*disk, first));
    while (must(before->next())) {
    }
    must(file->write(before->offset() + 8, "garbage of an interrupted write"));
    {
        const auto store = must(open("/s", options));
        must(store->put("c", "3"));
        must(store->close());
    }
    // By itself its tail is torn; beside its successor it is known to end there.
    CHECK(drain(*LogFeed::of_files(*disk, {first}, {})).reports.at(0).verdict ==
          SegmentReport::Verdict::torn_tail);
    const Given both = drain(*LogFeed::of_files(*disk, wal_files(*disk), {}));
    check_run(both, 1, 3);
    CHECK(both.reports.at(0).verdict == SegmentReport::Verdict::clean);
    check_run(drain(*must(LogFeed::of_store(*disk, "/s", {}))), 1, 3);
}

TEST_CASE("a store without a manifest is refused, one with a damaged one too") {
    const auto disk = StrictFileSystem::create();
    must(disk->create_directory("/s"));
    CHECK(must_fail(LogFeed::of_store(*disk, "/s", {})).code == ErrorCode::not_found);
    const auto other = make_log();
    const std::uint64_t number = must(newest_manifest_number(*other, "/s"));
    const auto file =
        must(other->open(file_path("/s", FileType::manifest, number), OpenMode::write));
    must(file->write(50, "x"));
    CHECK(must_fail(LogFeed::of_store(*other, "/s", {})).code == ErrorCode::corruption);
}

TEST_CASE("after a newer manifest nothing is given twice, and damage is told once") {
    const auto disk = make_log();
    std::uint64_t end = 0;
    const auto read = [&](LogFeed& feed) {
        Given given;
        while (given.sequences.size() < 13) {
            take(feed, feed.next(), given);
            end = given.sequences.empty() ? 0 : feed.frame().end;
        }
    };
    read(*must(LogFeed::of_store(*disk, "/s", {})));
    must(must(disk->open(wal_files(*disk).at(1), OpenMode::write))->write(end, "damaged"));
    const auto feed = must(LogFeed::of_store(*disk, "/s", {}));
    read(*feed);
    // Where the next frame is damaged, a manifest appears that says the same as the one before:
    // the feed cannot know what it says, and starts again behind what it gave.
    Manifest manifest = *must(load_newest_manifest(*disk, "/s"));
    manifest.number = manifest.next_number++;
    must(save_manifest(*disk, "/s", manifest));
    const Given rest = drain(*feed);
    REQUIRE_FALSE(rest.sequences.empty());
    CHECK(rest.sequences.front() == 21);
    CHECK(rest.sequences.back() == 30);
    CHECK(rest.missing == 7);
    CHECK(rest.problems.empty());
    CHECK(std::ranges::count(rest.reports, SegmentReport::Verdict::damaged,
                             &SegmentReport::verdict) == 1);
}

/// Follows a store until the writer is done and everything was read.
Given follow(LogFeed& feed, const std::atomic<Sequence>& final_sequence) {
    Given given;
    while (true) {
        const Sequence end = final_sequence.load();
        const Event event = feed.next();
        take(feed, event, given);
        const bool done = !given.sequences.empty() && given.sequences.back() == end;
        if (event == Event::idle && end != 0 && done) {
            return given;
        }
        if (event == Event::idle) {
            std::this_thread::yield();
        }
    }
}

TEST_CASE("a followed store gives each operation once, across rotation, flush, reopening") {
    const std::uint64_t seed = test_seed(1);
    INFO("STRATA_SEED=", seed);
    const auto disk = StrictFileSystem::create();
    std::atomic<Sequence> final_sequence{0};
    Random random{seed};
    {
        const auto store = must(open("/s", options_of(disk)));
        must(store->put("first", "1"));
        must(store->close());
    }
    std::thread writer{[&] {
        Sequence last = 0;
        for (int round = 0; round < 6; ++round) {
            const auto store = must(open("/s", options_of(disk)));
            for (int i = 0; i < 300; ++i) {
                Batch batch;
                for (std::uint64_t n = random.between(1, 3); n > 0; --n) {
                    must(batch.put(random.letters(3), random.bytes(random.below(60))));
                }
                last = must(store->write(batch));
            }
            // Now and then the store is left as a kill would leave it.
            if (round % 2 == 0) {
                must(store->close());
            }
        }
        final_sequence = last;
    }};
    const auto feed = must(LogFeed::of_store(*disk, "/s", {.follow = true}));
    const Given given = follow(*feed, final_sequence);
    writer.join();
    CHECK(given.problems.empty());
    REQUIRE_FALSE(given.sequences.empty());
    for (std::size_t i = 1; i < given.sequences.size(); ++i) {
        CHECK(given.sequences[i] > given.sequences[i - 1]);
    }
    // What is not given was said to be missing.
    CHECK(given.sequences.size() + given.missing ==
          given.sequences.back() - given.sequences[0] + 1);
    CHECK(given.sequences.back() == final_sequence.load());
    for (const SegmentReport& report : given.reports) {
        CHECK(report.verdict != SegmentReport::Verdict::damaged);
    }
    MESSAGE("given ", given.sequences.size(), ", missing ", given.missing, ", segments ",
            given.reports.size());
}

TEST_CASE("a reader that keeps up misses nothing") {
    const auto disk = StrictFileSystem::create();
    auto store = must(open("/s", options_of(disk)));
    const auto feed = must(LogFeed::of_store(*disk, "/s", {.follow = true}));
    Given given;
    Sequence last = 0;
    for (int i = 0; i < 2000; ++i) {
        last = must(store->put(fmt::format("{}", i % 50), "some value of a few words"));
        if (i % 400 == 399) {
            must(store->close());
            store = must(open("/s", options_of(disk)));
        }
        for (int idle = 0;
             idle < 200 && (given.sequences.empty() || given.sequences.back() < last);) {
            const Event event = feed->next();
            take(*feed, event, given);
            idle += event == Event::idle ? 1 : 0;
        }
    }
    check_run(given, 1, last);
    CHECK(given.gaps.empty());
    CHECK(given.problems.empty());
    CHECK(given.reports.size() > 10);
}

}  // namespace
}  // namespace strata::test
