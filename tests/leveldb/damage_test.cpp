// SPDX-License-Identifier: Apache-2.0
// Proves that no damage passes in silence: every byte of small tables and manifests is changed, and
// each of them is cut at every length. What is read then is what was written, or there is a
// finding.
#include "leveldb/database.hpp"
#include "leveldb/made_database.hpp"
#include "leveldb/manifest.hpp"
#include "leveldb/verify.hpp"
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

struct Reading {
    std::vector<std::string> entries{};
    std::vector<std::string> errors{};
};

/// All that can be read of a table.
Reading read_table(FileSystem& files, const std::string& path) {
    Reading reading;
    const auto table = Table::open(files, path);
    if (!table) {
        reading.errors.push_back(table.error().message);
        return reading;
    }
    auto cursor = TableCursor::create(**table);
    if (!cursor) {
        reading.errors.push_back(cursor.error().message);
        return reading;
    }
    while (true) {
        const auto more = cursor->next();
        if (!more) {
            reading.errors.push_back(more.error().message);
            if (cursor->lost_index()) {
                return reading;
            }
            continue;
        }
        if (!*more) {
            return reading;
        }
        std::string entry{cursor->key().user_key};
        entry += "@" + std::to_string(cursor->key().sequence) + "=";
        reading.entries.push_back(entry.append(cursor->value()));
    }
}

/// A file in memory that replaces the one before.
void write_file(FileSystem& files, const std::string& path, const std::string& bytes) {
    if (test::exists(files, path)) {
        must(files.unlink(path));
    }
    test::create_file(files, path, bytes);
}

/// The bytes of a small table.
std::string small_table(bool compressed) {
    const test::TempDir directory{"small"};
    const std::string path = directory.path("db");
    test::MadeDatabase database{path, {.compressed = compressed, .filter_bits = 10}};
    for (int i = 0; i < 60; ++i) {
        database.put("key" + std::to_string(10 + i),
                     std::string(60, static_cast<char>('a' + i % 26)));
    }
    database.compact();
    return test::content_of(*posix_file_system(), test::file_with(path, ".ldb"));
}

TEST_CASE("level damage: every byte of a table") {
    const auto files = StrictFileSystem::create();
    for (const bool compressed : {false, true}) {
        CAPTURE(compressed);
        const std::string bytes = small_table(compressed);
        write_file(*files, "/t", bytes);
        const Reading good = read_table(*files, "/t");
        REQUIRE(good.errors.empty());
        REQUIRE(good.entries.size() == 60);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            CAPTURE(at);
            std::string changed = bytes;
            changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
            write_file(*files, "/t", changed);
            const Reading read = read_table(*files, "/t");
            REQUIRE((read.entries == good.entries || !read.errors.empty()));
            CheckReport report;
            must(check_table(*files, "/t", KeyOrder::bytewise, report));
            // Nothing but the unused bytes of the footer may change unseen.
            const bool filler = at > bytes.size() - footer_size && at < bytes.size() - 8;
            REQUIRE((!report.findings.empty() || filler));
        }
    }
}

TEST_CASE("level damage: a table cut at every byte") {
    const auto files = StrictFileSystem::create();
    const std::string bytes = small_table(true);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        write_file(*files, "/t", bytes.substr(0, size));
        const Reading read = read_table(*files, "/t");
        REQUIRE(read.entries.empty());
        REQUIRE_FALSE(read.errors.empty());
        CheckReport report;
        must(check_table(*files, "/t", KeyOrder::bytewise, report));
        REQUIRE_FALSE(report.findings.empty());
    }
}

TEST_CASE("level damage: blocks swapped, and a gap") {
    const auto files = StrictFileSystem::create();
    const std::string bytes = small_table(false);
    write_file(*files, "/t", bytes);
    const auto table = must(Table::open(*files, "/t"));
    CheckReport report;
    const std::vector<Part> parts = parts_of(*table, report);
    REQUIRE(parts.size() > 4);
    REQUIRE(parts[1].size == parts[2].size);
    const auto first = static_cast<std::size_t>(parts[1].offset);
    const auto size = static_cast<std::size_t>(parts[1].size);
    write_file(*files, "/t",
               bytes.substr(0, first) + bytes.substr(first + size, size) +
                   bytes.substr(first, size) + bytes.substr(first + 2 * size));
    must(check_table(*files, "/t", KeyOrder::bytewise, report));
    CHECK_FALSE(report.findings.empty());
}

TEST_CASE("level damage: every byte of a manifest") {
    const test::TempDir directory;
    const std::string path = directory.path("db");
    {
        test::MadeDatabase database{path, {}};
        test::Random random{test::test_seed(1)};
        for (int i = 0; i < 3000; ++i) {
            database.put(random.letters(2), random.bytes(100));
        }
    }
    const auto real = posix_file_system();
    const Database database = must(open_database(*real, path));
    const std::string bytes = test::content_of(*real, database.manifest_path);
    REQUIRE(database.manifest.edits > 3);
    REQUIRE(database.manifest.tables() > 0);
    const auto files = StrictFileSystem::create();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        CAPTURE(at);
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
        write_file(*files, "/m", changed);
        const auto state = read_manifest(*files, "/m");
        REQUIRE((!state || state->torn.has_value()));
        write_file(*files, "/m", bytes.substr(0, at));
        const auto cut = read_manifest(*files, "/m");
        REQUIRE((!cut || cut->torn.has_value() || cut->edits < database.manifest.edits));
    }
}

}  // namespace
}  // namespace strata::level
