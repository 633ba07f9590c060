// SPDX-License-Identifier: Apache-2.0
// Proves that runs are merged by themselves with workers and never without, that compact() merges
// whatever is there, from several threads too, and that closing ends a merge.
#include "lsm/merger.hpp"

#include "lsm_support.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace strata::test {
namespace {

TEST_CASE("workers keep the number of runs small; without any it grows") {
    for (const unsigned workers : {0U, 1U, 3U}) {
        CAPTURE(workers);
        Options options = small_options();
        options.workers = workers;
        const auto store = open_store(options);
        for (int round = 0; round < 10; ++round) {
            put_many(*store, 0, 200, "round" + std::to_string(round));
            must(store->flush());
        }
        if (workers == 0) {
            CHECK(must(store->runs()).size() >= 10);
            CHECK(must(store->stats()).merges == 0);
        } else {
            CHECK(eventually([&] { return must(store->runs()).size() < 8; }));
        }
        CHECK(must(store->get("key10007"))->bytes() == "round9");
        CHECK(must(store->check()).findings.empty());
    }
}

TEST_CASE("the inputs of compact() are gone when it returns") {
    const Options options = small_options();
    const auto store = open_store(options);
    for (int round = 0; round < 20; ++round) {
        put_many(*store, 0, 200, "round" + std::to_string(round));
        must(store->compact());
        std::size_t tables = 0;
        for (const auto& [name, size] : sizes_in(*options.file_system, store_path)) {
            tables += name.ends_with(".sst") ? 1U : 0U;
        }
        CHECK(tables == must(store->stats()).tables);
    }
}

TEST_CASE("compact from several threads beside a writer") {
    Options options = small_options();
    options.workers = 2;
    const auto store = open_store(options);
    put_many(*store, 0, 300, "first");
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] { CHECK(store->compact()); });
    }
    put_many(*store, 100, 400, "second");
    for (std::thread& thread : threads) {
        thread.join();
    }
    must(store->compact());
    CHECK(must(store->runs()).size() == 1);
    CHECK(must(store->stats()).table_entries == 400);
}

TEST_CASE("closing abandons a merge and loses nothing") {
    const Options options = small_options();
    {
        const auto store = open_store(options);
        put_many(*store, 0, 2000, std::string(50, 'v'));
        must(store->flush());
        std::thread merging{[&] {
            const Status merged = store->compact();
            CHECK((merged.has_value() || merged.error().code == ErrorCode::closed));
        }};
        must(store->close());
        merging.join();
    }
    const auto store = open_store(options);
    CHECK(must(store->estimate()).entries == 2000);
    CHECK(must(store->check()).findings.empty());
}

}  // namespace
}  // namespace strata::test
