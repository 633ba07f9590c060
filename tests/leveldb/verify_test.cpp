// SPDX-License-Identifier: Apache-2.0
// Proves that tables written by LevelDB are read and check clean: entries in order, parts that add
// up to the file, filters that know every key and deny most others, seeks that land where they
// must.
#include "leveldb/verify.hpp"

#include "leveldb/filter.hpp"
#include "leveldb/made_database.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace strata::level {
namespace {

using test::must;

std::string key_of(int i) { return "key" + std::to_string(10'000 + 2 * i); }

/// A database with one table of `count` keys; the path of the table.
std::string make_table(const test::TempDir& directory, int count,
                       const test::MadeOptions& options) {
    const std::string path = directory.path("db");
    {
        test::MadeDatabase database{path, options};
        for (int i = 0; i < count; ++i) {
            database.put(key_of(i), std::string(static_cast<std::size_t>(i % 100), 'v'));
        }
        database.compact();
    }
    return test::file_with(path, ".ldb");
}

TEST_CASE("level table: entries, parts and check of good tables") {
    const auto files = posix_file_system();
    for (int variant = 0; variant < 4; ++variant) {
        CAPTURE(variant);
        const test::TempDir directory;
        const std::string path = make_table(directory, 1000,
                                            {.compressed = (variant & 1) != 0,
                                             .filter_bits = (variant & 2) != 0 ? 10 : 0,
                                             .write_buffer = 4 << 20});
        const auto table = must(Table::open(*files, path));
        CHECK(must(ends_like_table(*files, path)));
        auto cursor = must(TableCursor::create(*table));
        for (int i = 0; i < 1000; ++i) {
            REQUIRE(must(cursor.next()));
            REQUIRE(cursor.key().user_key == key_of(i));
            REQUIRE(cursor.value().size() == static_cast<std::size_t>(i % 100));
            REQUIRE(cursor.key().kind == Kind::put);
        }
        CHECK_FALSE(must(cursor.next()));

        CheckReport report;
        std::uint64_t sum = 0;
        for (const Part& part : parts_of(*table, report)) {
            CHECK(part.offset == sum);
            CHECK(part.kind != PartKind::gap);
            sum += part.size;
        }
        CHECK(sum == table->size());
        const TableCounts counts = must(check_table(*files, path, KeyOrder::bytewise, report));
        CHECK(report.findings.empty());
        CHECK(report.notes.empty());
        CHECK(counts.entries == 1000);
        CHECK(counts.puts == 1000);
        CHECK(counts.first_key == key_of(0));
        CHECK(counts.last_key == key_of(999));
        CHECK(counts.blocks > 10);
        CHECK(counts.codecs[(variant & 1) != 0 ? 1 : 0] > 0);
        CHECK(must(Filter::read(*table)).has_value() == ((variant & 2) != 0));
    }
}

TEST_CASE("level table: seeks") {
    const auto files = posix_file_system();
    const test::TempDir directory;
    const std::string path = make_table(directory, 500, {.write_buffer = 4 << 20});
    const auto table = must(Table::open(*files, path));
    for (int i = 0; i < 500; ++i) {
        CAPTURE(i);
        auto at = must(TableCursor::create(*table));
        at.seek(key_of(i));
        REQUIRE(must(at.next()));
        CHECK(at.key().user_key == key_of(i));
        auto behind = must(TableCursor::create(*table));
        behind.seek(key_of(i) + "\xff");
        const bool more = must(behind.next());
        CHECK(more == (i < 499));
        if (more) {
            CHECK(behind.key().user_key == key_of(i + 1));
        }
    }
}

TEST_CASE("level filter: knows every key, denies most others") {
    const auto files = posix_file_system();
    const test::TempDir directory;
    const std::string path =
        make_table(directory, 2000, {.filter_bits = 10, .write_buffer = 4 << 20});
    const auto table = must(Table::open(*files, path));
    const auto filter = must(Filter::read(*table));
    REQUIRE(filter.has_value());
    CHECK(filter->known());
    CHECK(filter->stretch_log2() == 11);
    auto cursor = must(TableCursor::create(*table));
    int maybe = 0;
    while (must(cursor.next())) {
        const std::string key{cursor.key().user_key};
        const std::uint64_t block = cursor.handle().offset;
        CHECK(filter->may_contain(block, key));
        maybe += filter->may_contain(block, key + "x") ? 1 : 0;
    }
    // One in a hundred with ten bits; a broken hash would say maybe always, or never above.
    CHECK(maybe < 100);
}

TEST_CASE("level table: another comparator is a note, not a finding, unless bytewise is known") {
    const auto files = posix_file_system();
    const test::TempDir directory;
    const std::string path = make_table(directory, 100, {.comparator = test::reverse_comparator()});
    CheckReport report;
    must(check_table(*files, path, KeyOrder::unknown, report));
    CHECK(report.findings.empty());
    CHECK(report.notes.size() == 1);
    must(check_table(*files, path, KeyOrder::bytewise, report));
    CHECK(report.findings.size() == 1);
}

TEST_CASE("level table: no table at all") {
    const auto files = StrictFileSystem::create();
    test::create_file(*files, "/empty");
    test::create_file(*files, "/zeros", std::string(5000, '\0'));
    for (const char* path : {"/empty", "/zeros"}) {
        CAPTURE(path);
        CHECK_FALSE(must(ends_like_table(*files, path)));
        CHECK(test::must_fail(Table::open(*files, path)).code == ErrorCode::corruption);
        CheckReport report;
        must(check_table(*files, path, KeyOrder::unknown, report));
        CHECK(report.findings.size() == 1);
    }
    CHECK(test::must_fail(Table::open(*files, "/missing")).code == ErrorCode::not_found);
}

}  // namespace
}  // namespace strata::level
