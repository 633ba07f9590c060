// SPDX-License-Identifier: Apache-2.0
// Proves that a sink cuts tables where it should and leaves nothing behind when it is abandoned or
// fails: by example, and with an error at every file operation.
#include "compact/sink.hpp"

#include "base/file_name.hpp"
#include "support/builders.hpp"
#include "support/must.hpp"
#include "table/table.hpp"

#include <strata/testing.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace strata;
using namespace strata::test;

namespace {

constexpr const char* directory = "/store";

std::shared_ptr<StrictFileSystem> new_files() {
    auto files = StrictFileSystem::create();
    must(files->create_directory(directory));
    return files;
}

SinkOptions options_on(std::shared_ptr<FileSystem> files, std::uint64_t table_bytes) {
    return SinkOptions{.files = std::move(files),
                       .directory = directory,
                       .table = {.block_size = 256},
                       .table_bytes = table_bytes,
                       .next_number = [next = std::uint64_t{7}]() mutable { return next++; }};
}

std::string ranges(const std::vector<TableFacts>& tables) {
    std::string text;
    for (const TableFacts& table : tables) {
        text +=
            fmt::format("{}:{}-{}*{} ", table.number, table.key_min, table.key_max, table.entries);
    }
    return text;
}

std::string key_of(int i) { return fmt::format("{:04}", i); }

/// Keys 0000, 0001, ... with three versions of 100 bytes each.
Status fill(TableSink& sink, int keys) {
    const std::string value(100, 'v');
    for (int i = 0; i < keys; ++i) {
        const std::string key = key_of(i);
        for (const Sequence sequence : {3U, 2U, 1U}) {
            STRATA_TRY(sink.add({.key = key, .sequence = sequence, .value = value}));
        }
    }
    return {};
}

}  // namespace

TEST_CASE("sink: nothing in, nothing out") {
    const auto files = new_files();
    TableSink sink{options_on(files, 1000)};
    CHECK(must(sink.finish()).empty());
    CHECK(must(files->list(directory)).empty());
}

TEST_CASE("sink: tables end at the wanted size, between keys") {
    const auto files = new_files();
    TableSink sink{options_on(files, 4000)};
    must(fill(sink, 100));
    const auto tables = must(sink.finish());
    CHECK(tables.size() > 5);
    CHECK(tables.size() < 12);
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    for (const TableFacts& table : tables) {
        CHECK(table.entries % 3 == 0);
        CHECK(table.sequence_min == 1);
        CHECK(table.sequence_max == 3);
        CHECK(must(files->status(file_path(directory, FileType::table, table.number)))->size ==
              table.length);
        entries += table.entries;
        bytes += table.length;
    }
    CHECK(entries == 300);
    CHECK(bytes == sink.bytes_written());
    CHECK(tables.front().key_min == key_of(0));
    CHECK(tables.back().key_max == key_of(99));
}

TEST_CASE("sink: no table lies on both sides of a boundary") {
    const auto files = new_files();
    SinkOptions options = options_on(files, 1 << 20);
    options.boundaries = {"0000", "0003", "0004", "00045", "00046", "0007", "1000"};
    TableSink sink{std::move(options)};
    must(fill(sink, 10));
    CHECK(ranges(must(sink.finish())) ==
          "7:0000-0002*9 8:0003-0003*3 9:0004-0004*3 10:0005-0006*6 11:0007-0009*9 ");
}

TEST_CASE("sink: a tombstone is as old as its table, or as it was before") {
    const auto files = new_files();
    const auto oldest = [&](std::uint64_t created_ms, std::uint64_t before_ms) {
        SinkOptions options = options_on(files, 4000);
        options.next_number = [&] { return must(files->list(directory)).size() + 1; };
        options.table.created_ms = created_ms;
        options.table.tombstone_oldest_ms = before_ms;
        TableSink sink{std::move(options)};
        must(sink.add({.key = "a", .sequence = 1, .kind = Kind::del}));
        return must(sink.finish()).front().tombstone_oldest_ms;
    };
    CHECK(oldest(7, 0) == 7);
    CHECK(oldest(7, 5) == 5);
    CHECK(oldest(0, 0) > 1'600'000'000'000);
}

TEST_CASE("sink: what is finished survives a power cut") {
    const auto files = new_files();
    must(files->sync_directory("/"));
    TableSink sink{options_on(files, 4000)};
    must(fill(sink, 50));
    const auto tables = must(sink.finish());
    const auto after = files->crash_clone(CrashPolicy::drop, 1);
    for (const TableFacts& table : tables) {
        CHECK(Table::open(*after, file_path(directory, FileType::table, table.number),
                          {.number = table.number, .footer_check = table.footer_check}, nullptr));
    }
}

TEST_CASE("sink: abandoned, it leaves no file") {
    const auto files = new_files();
    TableSink sink{options_on(files, 4000)};
    must(fill(sink, 50));
    CHECK(must(files->list(directory)).size() > 1);
    sink.abandon();
    CHECK(must(files->list(directory)).empty());
}

TEST_CASE("sink: an error at any file operation is reported, and no file is left") {
    std::uint64_t failures = 0;
    for (const Fault fault :
         {Fault::fail_before, Fault::fail_after, Fault::no_space, Fault::short_write}) {
        for (std::uint64_t call = 1;; ++call) {
            const auto files = new_files();
            const auto faults = FaultFileSystem::create(files);
            faults->fail_nth(call, fault);
            TableSink sink{options_on(faults, 4000)};
            Status status = fill(sink, 50);
            if (status) {
                const auto finished = sink.finish();
                status = finished ? Status{} : Status{finished.error()};
            }
            if (faults->faults() == 0) {
                break;
            }
            CAPTURE(call);
            // Advice may fail without anybody caring; then the tables are complete.
            if (!status) {
                ++failures;
                CHECK(status.error().code ==
                      (fault == Fault::no_space ? ErrorCode::no_space : ErrorCode::io));
                sink.abandon();
                CHECK(must(files->list(directory)).empty());
            }
        }
    }
    CHECK(failures > 100);
}
