// SPDX-License-Identifier: Apache-2.0
// Proves what the store adds to its parts: effects of flush and compact that one can see, files
// that go when nobody needs them, and what is left of a store that was closed or destroyed.
#include "lsm/lsm_store.hpp"

#include "lsm_support.hpp"
#include "support/files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

namespace strata::test {
namespace {

std::size_t files_of_role(Store& store, const std::string& role) {
    const auto files = must(store.files());
    return static_cast<std::size_t>(std::count_if(
        files.begin(), files.end(), [&](const FileInfo& file) { return file.role == role; }));
}

TEST_CASE("flush and compact show in runs, statistics and files") {
    Options options = small_options();
    options.workers = 0;
    const auto store = open_store(options);
    must(store->flush());
    CHECK(must(store->runs()).empty());
    put_many(*store, 0, 20, "one");
    must(store->flush());
    put_many(*store, 10, 30, "two");
    must(store->flush());
    const auto runs = must(store->runs());
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].number == 0);
    CHECK(runs[0].tier == 0);
    CHECK(runs[0].tables.front().key_min == "key10010");
    CHECK(runs[0].tables.front().key_max == "key10029");
    CHECK(runs[0].tables.front().sequence_min > runs[1].tables.front().sequence_max);
    CHECK(eventually([&] { return must(store->stats()).flushes == 2; }));
    CHECK(must(store->stats()).table_entries == 40);
    must(store->compact());
    REQUIRE(must(store->runs()).size() == 1);
    CHECK(eventually([&] { return must(store->stats()).merges == 1; }));
    const Stats stats = must(store->stats());
    CHECK(stats.table_entries == 30);
    CHECK(stats.last_sequence == 40);
    CHECK(stats.user_bytes_written > 0);
    CHECK(stats.events.size() >= 3);
    CHECK(files_of_role(*store, "table") == stats.tables);
    CHECK(files_of_role(*store, "lock") == 1);
    CHECK(files_of_role(*store, "manifest") == 1);
}

TEST_CASE("deleting everything and compacting leaves no table") {
    const auto store = open_store(small_options());
    put_many(*store, 0, 50, "value");
    must(store->compact());
    for (int i = 0; i < 50; ++i) {
        must(store->del("key" + std::to_string(10000 + i), {.sync = SyncMode::none()}));
    }
    must(store->compact());
    CHECK(must(store->runs()).empty());
    CHECK(text_of(*store).empty());
}

TEST_CASE("obsolete files disappear, once nobody reads them") {
    const Options options = small_options();
    const auto store = open_store(options);
    for (int round = 0; round < 5; ++round) {
        put_many(*store, 0, 100, "round" + std::to_string(round));
    }
    must(store->flush());
    auto iterator = must(store->scan());
    REQUIRE(must(iterator->next()));
    must(store->compact());
    const auto settled = [&] {
        const Stats stats = must(store->stats());
        return files_of_role(*store, "orphan") == 0 &&
               files_of_role(*store, "table") == stats.tables;
    };
    // The iterator still walks the merged tables.
    std::size_t walked = 1;
    while (must(iterator->next())) {
        CHECK(iterator->value() == "round4");
        ++walked;
    }
    CHECK(walked == 100);
    iterator.reset();
    CHECK(eventually(settled));
    CHECK(files_of_role(*store, "wal") <= 2);
}

TEST_CASE("values, iterators and snapshots may outlive a closed or destroyed store") {
    for (const bool closes : {false, true}) {
        CAPTURE(closes);
        auto store = open_store(small_options());
        put_many(*store, 0, 100, "tables");
        must(store->compact());
        must(store->put("memory", "memory"));
        const auto from_table = must(store->get("key10001"));
        const auto from_memory = must(store->get("memory"));
        auto iterator = must(store->scan());
        REQUIRE(must(iterator->next()));
        auto snapshot = must(store->snapshot());
        if (closes) {
            must(store->close());
            CHECK(must_fail(store->get("memory", {.snapshot = snapshot.get()})).code ==
                  ErrorCode::closed);
        }
        store.reset();
        REQUIRE(from_table);
        CHECK(from_table->bytes() == "tables");
        REQUIRE(from_memory);
        CHECK(from_memory->bytes() == "memory");
        CHECK(must_fail(iterator->next()).code == ErrorCode::closed);
        CHECK(iterator->key() == "key10000");
    }
}

TEST_CASE("closing unlocks, keeps everything, and needs no recovery") {
    const Options options = small_options();
    const auto store = open_store(options);
    must(store->put("k", "v", {.sync = SyncMode::none()}));
    must(store->close());
    must(store->close());
    const auto disk = std::static_pointer_cast<StrictFileSystem>(options.file_system);
    Options after = options;
    after.file_system = disk->crash_clone(CrashPolicy::drop, 1);
    for (const Options& each : {options, after}) {
        const auto next = open_store(each);
        CHECK(next->open_report().closed_cleanly);
        CHECK(text_of(*next) == "k=v ");
    }
}

TEST_CASE("a batch beyond every size goes through whole") {
    const Options options = small_options();
    const std::string value(300'000, 'v');
    {
        const auto store = open_store(options);
        Batch batch;
        for (int i = 0; i < 8; ++i) {
            must(batch.put("big" + std::to_string(i), value));
        }
        CHECK(must(store->write(batch)) == 8);
        must(store->put("small", "s"));
    }
    const auto store = open_store(options);
    CHECK(must(store->get("big7"))->bytes() == value);
    must(store->flush());
    CHECK(must(store->get("big7"))->bytes() == value);
    CHECK(must(store->get("small"))->bytes() == "s");
}

}  // namespace
}  // namespace strata::test
