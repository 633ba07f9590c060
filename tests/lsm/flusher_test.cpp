// SPDX-License-Identifier: Apache-2.0
// Proves that sealed memtables reach tables by themselves and oldest first, that a small recovered
// log is not flushed for nothing, and that a full disk only delays.
#include "lsm/flusher.hpp"

#include "lsm_support.hpp"

#include <doctest/doctest.h>

namespace strata::test {
namespace {

TEST_CASE("full memtables are flushed by themselves, in order") {
    Options options = small_options();
    options.workers = 0;
    const auto store = open_store(options);
    put_many(*store, 0, 1000, "value");
    CHECK(eventually([&] { return must(store->stats()).memtables == 1; }));
    const auto runs = must(store->runs());
    REQUIRE(runs.size() > 3);
    for (std::size_t i = 0; i + 1 < runs.size(); ++i) {
        CHECK(runs[i].tables.front().key_min > runs[i + 1].tables.back().key_max);
    }
    CHECK(eventually([&] { return must(store->stats()).flushes == runs.size(); }));
}

// Of memtables that hold many small segments.
Options wide_options() {
    Options options = small_options();
    options.memtable_size = std::size_t{1} << 20;
    return options;
}

TEST_CASE("a store that is opened often does not flush each time") {
    const Options options = wide_options();
    for (int i = 0; i < 5; ++i) {
        const auto store = open_store(options);
        put_many(*store, i, i + 1, "value");
        must(store->close());
    }
    const auto store = open_store(options);
    CHECK(must(store->runs()).empty());
    CHECK(store->open_report().segments_read == 5);
    must(store->flush());
    CHECK(must(store->runs()).size() == 1);
    CHECK(must(store->stats()).table_entries == 5);
}

TEST_CASE("many small segments are flushed in the end") {
    const Options options = wide_options();
    std::size_t most = 0;
    for (int i = 0; i < 30; ++i) {
        const auto store = open_store(options);
        most = std::max<std::size_t>(most, store->open_report().segments_read);
        put_many(*store, i, i + 1, "value");
        const bool many = store->open_report().segments_read > 8;
        CHECK((!many || eventually([&] { return must(store->stats()).log_segments == 1; })));
        must(store->close());
    }
    CHECK(most == 9);
}

TEST_CASE("a flush that has no space is tried again") {
    const auto disk = StrictFileSystem::create();
    const auto store = open_store(small_options(disk));
    put_many(*store, 0, 10, std::string(200, 'v'));
    disk->set_capacity(disk->used_bytes());
    CHECK(must_fail(store->flush()).code == ErrorCode::no_space);
    CHECK(must(store->get("key10000"))->bytes().size() == 200);
    disk->set_capacity(0);
    must(store->flush());
    CHECK(must(store->runs()).size() == 1);
    CHECK(must(store->stats()).failure.empty());
}

}  // namespace
}  // namespace strata::test
