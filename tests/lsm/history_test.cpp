// SPDX-License-Identifier: Apache-2.0
// Proves that versions are told with the place they are in, that the history floor survives a
// reopening, and that a read at a sequence is right or refused while merges raise the floor.
#include "lsm/history.hpp"

#include "lsm/lsm_support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace strata {
namespace {

using test::must;
using test::must_fail;

std::string places_of(Store& store, Bytes key) {
    std::string text;
    for (const StoredVersion& version : must(store.history(key)).versions) {
        text += std::to_string(version.sequence) + (version.deleted ? "- " : " ") + version.place;
        text += version.run ? std::to_string(*version.run) : "";
        text += version.file.empty() ? "" : " " + version.file.substr(version.file.find('.'));
        text += ", ";
    }
    return text;
}

TEST_CASE("a version is named with the layer and the file that hold it") {
    Options options = test::small_options();
    options.workers = 0;
    auto store = test::open_store(options);
    const auto first = must(store->snapshot());
    must(store->put("k", "1"));
    must(store->flush());
    const auto second = must(store->snapshot());
    must(store->put("k", "22"));
    must(store->flush());
    const auto third = must(store->snapshot());
    must(store->del("k"));
    CHECK(places_of(*store, "k") == "3- memtable .wal, 2 table0 .sst, 1 table1 .sst, ");
    const auto reader = test::open_store(test::reading(options));
    CHECK(places_of(*reader, "k") == "3- sealed memtable .wal, 2 table0 .sst, 1 table1 .sst, ");

    // The files are the ones that the store names.
    const auto history = must(store->history("k"));
    const auto runs = must(store->runs());
    REQUIRE(runs.size() == 2);
    CHECK(history.versions[1].file.find(std::to_string(runs[0].tables[0].number) + ".sst") !=
          std::string::npos);
    const auto files = must(store->files());
    for (const StoredVersion& version : history.versions) {
        CAPTURE(version.file);
        bool listed = false;
        for (const FileInfo& file : files) {
            listed = listed || file.name == version.file;
        }
        CHECK(listed);
    }
}

TEST_CASE("the floor is kept by the manifest") {
    Options options = test::small_options();
    auto store = test::open_store(options);
    must(store->put("k", "1"));
    must(store->put("k", "2"));
    must(store->put("l", "3"));
    // What only the log holds is all there, and recovery finds it again.
    CHECK(must(store->stats()).history_floor == 0);
    must(store->close());
    store = test::open_store(options);
    CHECK(must(store->get("k", {.at = 1}))->bytes() == "1");
    must(store->flush());
    CHECK(must(store->stats()).history_floor == 2);
    CHECK(must_fail(store->get("k", {.at = 1})).code == ErrorCode::gap);
    must(store->close());
    store = test::open_store(options);
    CHECK(must(store->stats()).history_floor == 2);
    CHECK(must_fail(store->get("k", {.at = 1})).code == ErrorCode::gap);
    CHECK(must(store->get("k", {.at = 2}))->bytes() == "2");
    const auto reader = test::open_store(test::reading(options));
    CHECK(must(reader->stats()).history_floor == 2);
    CHECK(must_fail(reader->scan({.at = 1})).code == ErrorCode::gap);
    CHECK(must_fail(reader->get("k", {.at = 4})).code == ErrorCode::invalid_argument);
}

// Writes counters in rounds: round r puts r under every key, so the state at any sequence is known
// from the sequence alone.
TEST_CASE("a read at a sequence is right or refused while merges run") {
    constexpr int keys = 8;
    constexpr int rounds = 400;
    Options options = test::small_options();
    options.memtable_size = 1024;
    auto store = test::open_store(options);
    std::atomic<bool> done{false};
    std::atomic<int> answered{0};
    std::atomic<int> refused{0};
    std::atomic<int> wrong{0};
    const auto read_at = [&](Sequence at) {
        for (int key = 0; key < keys; ++key) {
            const auto value = store->get("key" + std::to_string(key), {.at = at});
            if (!value) {
                (value.error().code == ErrorCode::gap ? refused : wrong)++;
                return;
            }
            // Sequence s wrote key (s - 1) % keys in round (s - 1) / keys.
            const auto index = static_cast<Sequence>(key);
            const bool present = at > index;
            const Sequence round = present ? (at - 1 - index) / keys : 0;
            const bool right =
                present ? *value && (*value)->bytes() == std::to_string(round) : !*value;
            (right ? answered : wrong)++;
        }
    };
    std::vector<std::thread> readers;
    for (Sequence lag = 0; lag < 3; ++lag) {
        readers.emplace_back([&, lag] {
            while (!done.load()) {
                const Sequence last = store->last_sequence();
                const Sequence back = lag * lag * 20;
                read_at(last > back ? last - back : 0);
            }
        });
    }
    for (int round = 0; round < rounds; ++round) {
        for (int key = 0; key < keys; ++key) {
            must(store->put("key" + std::to_string(key), std::to_string(round),
                            {.sync = SyncMode::none()}));
        }
    }
    must(store->compact());
    done.store(true);
    for (std::thread& reader : readers) {
        reader.join();
    }
    read_at(store->last_sequence());
    read_at(store->last_sequence() - keys);
    CHECK(wrong.load() == 0);
    CHECK(answered.load() > 0);
    CHECK(refused.load() > 0);
}

}  // namespace
}  // namespace strata
