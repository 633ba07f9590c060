// SPDX-License-Identifier: Apache-2.0
// Proves that a walk over a database gives what LevelDB's own iterator gives: random work with
// deletes, merges and reopening, with and without compression and filters, while LevelDB runs and
// after it, in byte order and with another comparator.
#include "leveldb/database.hpp"

#include "leveldb/made_database.hpp"
#include "leveldb/records.hpp"
#include "support/files.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

namespace strata::level {
namespace {

using test::Content;
using test::MadeDatabase;
using test::MadeOptions;
using test::must;
using test::must_fail;

/// Applies every operation of a walk, as an import does.
Content content_of(FileSystem& files, const std::string& directory) {
    Database database = must(open_database(files, directory));
    const DamageHandler refuse = [](const Damage& damage) -> Status {
        return Error{damage.code, damage.message};
    };
    const auto walk = must(walk_records(database, refuse));
    Content content;
    std::string before;
    bool first = true;
    while (must(walk->next())) {
        const std::string key{walk->key().user_key};
        if (database.bytewise()) {
            const bool ascends = first || before < key;
            CHECK(ascends);
            CHECK(walk->key().kind == Kind::put);
        }
        if (walk->key().kind == Kind::put) {
            content[key] = walk->value();
        } else {
            content.erase(key);
        }
        before = key;
        first = false;
    }
    CHECK(walk->bytes_read() <= database.bytes);
    return content;
}

/// Keys of few bytes, so that they meet again, NUL and 0xff among them; sometimes long ones.
std::string some_key(test::Random& random) {
    return random.one_in(20) ? random.bytes(random.between(1, 300))
                             : random.bytes(random.between(0, 2));
}

void work(MadeDatabase& database, test::Random& random, int operations) {
    for (int i = 0; i < operations; ++i) {
        if (random.one_in(4)) {
            database.del(some_key(random));
        } else if (random.one_in(10)) {
            database.put_all({{some_key(random), "1"}, {some_key(random), random.bytes(50)}});
        } else {
            const std::size_t size = random.one_in(500) ? 100'000 : random.between(0, 200);
            database.put(some_key(random),
                         random.one_in(2) ? random.bytes(size) : std::string(size, 'v'));
        }
    }
}

TEST_CASE("level database: what LevelDB's iterator gives") {
    const auto files = posix_file_system();
    test::Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    for (int variant = 0; variant < 8; ++variant) {
        CAPTURE(variant);
        const MadeOptions options{
            .compressed = (variant & 1) != 0,
            .filter_bits = (variant & 2) != 0 ? 10 : 0,
            .comparator = (variant & 4) != 0 ? test::reverse_comparator() : nullptr};
        const test::TempDir directory;
        const std::string path = directory.path("db");
        Content expected;
        for (int round = 0; round < 4; ++round) {
            MadeDatabase database{path, options};
            work(database, random, 3000);
            if (random.one_in(3)) {
                database.compact();
            }
            expected = database.content();
            CHECK(content_of(*files, path) == expected);
        }
        CHECK(content_of(*files, path) == expected);
    }
}

TEST_CASE("level database: versions of one key in several tables of a level") {
    const auto files = posix_file_system();
    for (const bool reverse : {false, true}) {
        CAPTURE(reverse);
        const test::TempDir directory;
        const std::string path = directory.path("db");
        MadeDatabase database{
            path,
            {.compressed = false, .comparator = reverse ? test::reverse_comparator() : nullptr}};
        for (int i = 0; i < 80; ++i) {
            for (const char* key : {"a", "m", "z"}) {
                database.put(key, std::to_string(i) + std::string(60'000, 'v'));
            }
            database.keep_versions();
        }
        database.del("a");
        database.compact();
        const Database made = must(open_database(*files, path));
        CHECK(made.manifest.levels[0].empty());
        CHECK(made.manifest.tables() > 4);
        const Content content = content_of(*files, path);
        CHECK(content.size() == 2);
        const bool equal = content == database.content();
        CHECK(equal);
    }
}

TEST_CASE("level database: empty, and one key") {
    const auto files = posix_file_system();
    const test::TempDir directory;
    const std::string path = directory.path("db");
    CHECK(must_fail(open_database(*files, path)).code == ErrorCode::not_found);
    CHECK_FALSE(must(is_database(*files, path)));
    { const MadeDatabase database{path, {}}; }
    CHECK(must(is_database(*files, path)));
    CHECK(content_of(*files, path).empty());
    {
        MadeDatabase database{path, {}};
        database.put("", "the empty key");
    }
    CHECK(content_of(*files, path) == Content{{"", "the empty key"}});
}

TEST_CASE("level database: reading changes nothing") {
    const auto files = posix_file_system();
    const test::TempDir directory;
    const std::string path = directory.path("db");
    {
        MadeDatabase database{path, {}};
        test::Random random{1};
        work(database, random, 2000);
    }
    const auto before = test::in_memory(path);
    const auto names = must(before->list("/"));
    static_cast<void>(content_of(*files, path));
    const auto after = test::in_memory(path);
    CHECK(must(after->list("/")) == names);
    for (const std::string& name : names) {
        CAPTURE(name);
        CHECK(test::content_of(*after, "/" + name) == test::content_of(*before, "/" + name));
    }
}

TEST_CASE("level database: a table that is missing, or of another size") {
    const test::TempDir directory;
    const std::string path = directory.path("db");
    {
        MadeDatabase database{path, {}};
        database.put("k", "v");
        database.compact();
    }
    const std::string table = test::file_with(path, ".ldb");
    const auto files = posix_file_system();
    std::filesystem::resize_file(table, std::filesystem::file_size(table) + 1);
    Database longer = must(open_database(*files, path));
    REQUIRE(longer.tables.size() == 1);
    REQUIRE(longer.tables[0].problem.has_value());
    std::filesystem::remove(table);
    Database missing = must(open_database(*files, path));
    REQUIRE(missing.tables[0].problem.has_value());
    CHECK(missing.tables[0].problem->code == ErrorCode::corruption);

    std::string lost;
    const DamageHandler note = [&lost](const Damage& damage) -> Status {
        lost = damage.after + ".." + damage.up_to;
        return {};
    };
    const auto walk = must(walk_records(missing, note));
    CHECK_FALSE(must(walk->next()));
    CHECK(lost == "k..k");
}

TEST_CASE("level database: RocksDB is told apart") {
    const test::TempDir directory;
    const std::string path = directory.path("db");
    { const MadeDatabase database{path, {}}; }
    const auto files = posix_file_system();
    test::create_file(*files, path + "/OPTIONS-000007");
    CHECK_FALSE(must(is_database(*files, path)));
    CHECK(must_fail(open_database(*files, path)).code == ErrorCode::unsupported);
}

TEST_CASE("level database: a CURRENT that names nothing") {
    const test::TempDir directory;
    const std::string path = directory.path("db");
    { const MadeDatabase database{path, {}}; }
    const auto files = posix_file_system();
    for (const char* content : {"", "MANIFEST-000002", "MANIFEST-\n", "x\n", "MANIFEST-000099\n"}) {
        CAPTURE(content);
        std::filesystem::remove(path + "/CURRENT");
        test::create_file(*files, path + "/CURRENT", content);
        CHECK(must_fail(open_database(*files, path)).code == ErrorCode::corruption);
    }
}

}  // namespace
}  // namespace strata::level
