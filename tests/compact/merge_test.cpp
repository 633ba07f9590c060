// SPDX-License-Identifier: Apache-2.0
// Proves that a merge writes what the keep rule keeps, that it stops when told, paces itself and
// leaves nothing behind when an input or the disk fails: by example and with counted faults.
#include "compact/merge.hpp"

#include "base/file_name.hpp"
#include "support/builders.hpp"
#include "support/must.hpp"
#include "table/table.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace strata;
using namespace strata::test;

namespace {

constexpr const char* directory = "/store";

struct Bench {
    std::shared_ptr<StrictFileSystem> files = StrictFileSystem::create();
    std::uint64_t next_number = 1;

    Bench() { must(files->create_directory(directory)); }

    MergeInput input(const std::vector<test::Version>& versions,
                     std::uint64_t calls_max = std::numeric_limits<std::uint64_t>::max()) {
        MergeInput input;
        input.cursor = std::make_unique<VectorCursor>(versions, calls_max);
        input.limits.older_may_contain = [](Bytes) { return false; };
        input.sink = SinkOptions{.files = files,
                                 .directory = directory,
                                 .table = {.block_size = 256},
                                 .table_bytes = 2000,
                                 .next_number = [this] { return next_number++; }};
        return input;
    }

    [[nodiscard]] std::string content(const std::vector<TableFacts>& tables) const {
        std::string text;
        for (const TableFacts& facts : tables) {
            const auto table = must(
                Table::open(*files, file_path(directory, FileType::table, facts.number), {}, {}));
            const auto cursor = table->cursor(CacheUse::none);
            for (bool found = must(cursor->seek_first()); found; found = must(cursor->next())) {
                text += (text.empty() ? "" : " ") + to_text(cursor->entry());
            }
        }
        return text;
    }

    [[nodiscard]] std::size_t file_count() const { return must(files->list(directory)).size(); }
};

std::vector<test::Version> many_versions() {
    std::vector<test::Version> versions;
    for (Sequence i = 1; i <= 200; ++i) {
        versions.push_back(
            {.key = "key" + std::to_string(i), .sequence = i, .value = std::string(100, 'v')});
    }
    return versions;
}

}  // namespace

TEST_CASE("merge: writes what the keep rule keeps, and counts") {
    Bench bench;
    auto input =
        bench.input(parse_versions("a#9,put:new a#5,put:seen a#3,put:old b#4,del c#2,put:"));
    input.limits.snapshots = {6};
    const MergeResult result = must(run_merge(std::move(input)));
    CHECK(!result.stopped);
    CHECK(bench.content(result.tables) == "a#9,put:new a#5,put:seen c#2,put:");
    CHECK(result.history_floor == 5);
    CHECK(result.kept == 3);
    CHECK(result.dropped == 2);
    CHECK(result.bytes_read == 5 + 3 + 4 + 3);
    CHECK(result.bytes_written == result.tables.front().length);
    CHECK(result.tables.front().sequence_max == 9);
}

TEST_CASE("merge: nothing kept makes no table") {
    Bench bench;
    const MergeResult result = must(run_merge(bench.input(parse_versions("a#5,del a#3,put:x"))));
    CHECK(result.tables.empty());
    CHECK(result.dropped == 2);
    CHECK(bench.file_count() == 0);
    CHECK(must(run_merge(bench.input({}))).tables.empty());
}

TEST_CASE("merge: stops when told and leaves no file") {
    Bench bench;
    std::atomic<bool> stop{true};
    auto input = bench.input(many_versions());
    input.stop = &stop;
    CHECK(must(run_merge(std::move(input))).stopped);
    CHECK(bench.file_count() == 0);

    // In the middle, from the pacing callback, with tables already finished.
    stop = false;
    std::vector<test::Version> versions = many_versions();
    for (test::Version& version : versions) {
        version.value.assign(20'000, 'v');
    }
    input = bench.input(versions);
    input.stop = &stop;
    std::uint64_t paced = 0;
    input.pace = [&](std::uint64_t bytes) {
        paced += bytes;
        stop = true;
        CHECK(bench.file_count() > 1);
    };
    const MergeResult result = must(run_merge(std::move(input)));
    CHECK(result.stopped);
    CHECK(result.tables.empty());
    CHECK(paced >= std::uint64_t{1} << 20);
    CHECK(bench.file_count() == 0);
}

TEST_CASE("merge: a failing input is reported at any call, and no file is left") {
    Bench bench;
    const auto versions = many_versions();
    for (const std::uint64_t calls : {1U, 2U, 50U, 100U, 200U, 201U}) {
        CAPTURE(calls);
        CHECK(!run_merge(bench.input(versions, calls)));
        CHECK(bench.file_count() == 0);
    }
    CHECK(run_merge(bench.input(versions, 202)));
}

TEST_CASE("merge: a full disk is no_space, and no file is left") {
    Bench bench;
    bench.files->set_capacity(8000);
    CHECK(must_fail(run_merge(bench.input(many_versions()))).code == ErrorCode::no_space);
    CHECK(bench.file_count() == 0);
    CHECK(bench.files->used_bytes() == 0);
    bench.files->set_capacity(0);
    CHECK(must(run_merge(bench.input(many_versions()))).kept == 200);
}
