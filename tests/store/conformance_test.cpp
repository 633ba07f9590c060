// SPDX-License-Identifier: Apache-2.0
// Proves that every engine keeps the contract of store.hpp: the same cases run over each.
#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace strata {
namespace {

// The engines under test; the store on disk runs over files in memory, once with its usual sizes
// and once with so small a memtable that everything is flushed and merged all the time.
std::unique_ptr<Store> open_engine(int engine) {
    if (engine == 0) {
        return std::move(*open("memory:"));
    }
    Options options;
    options.file_system = StrictFileSystem::create();
    if (engine == 2) {
        options.memtable_size = 512;
    }
    auto store = open("lsm:/store", options);
    REQUIRE_MESSAGE(store, (store ? "" : store.error().message));
    return std::move(*store);
}
constexpr int engine_count = 3;

std::string keys_of(Store& store, const ScanOptions& options) {
    auto iterator = store.scan(options);
    REQUIRE(iterator);
    std::string keys;
    while (true) {
        auto more = (*iterator)->next();
        REQUIRE(more);
        if (!*more) {
            return keys;
        }
        keys += std::string{(*iterator)->key()} + " ";
    }
}

TEST_CASE("put, get, del") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("a", "1"));
        auto value = store->get("a");
        REQUIRE(value);
        REQUIRE(*value);
        CHECK((*value)->bytes() == "1");
        REQUIRE(store->put("a", ""));
        CHECK((*store->get("a"))->bytes().empty());
        REQUIRE(store->del("a"));
        CHECK_FALSE(*store->get("a"));
    }
}

TEST_CASE("scans, both ways, with bounds") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        for (const char* key : {"a", "ab", "b", "ba", "bb", "c", "\xff", "\xff\xff"}) {
            REQUIRE(store->put(key, key));
        }
        REQUIRE(store->del("ba"));
        CHECK(keys_of(*store, {}) == "a ab b bb c \xff \xff\xff ");
        CHECK(keys_of(*store, {.reverse = true}) == "\xff\xff \xff c bb b ab a ");
        CHECK(keys_of(*store, {.from = "ab", .to = "c"}) == "ab b bb ");
        CHECK(keys_of(*store, {.from = "ab", .to = "c", .reverse = true}) == "bb b ab ");
        CHECK(keys_of(*store, {.after = "b"}) == "bb c \xff \xff\xff ");
        CHECK(keys_of(*store, {.after = "bb", .reverse = true}) == "b ab a ");
        CHECK(keys_of(*store, {.prefix = "b"}) == "b bb ");
        CHECK(keys_of(*store, {.prefix = "\xff", .reverse = true}) == "\xff\xff \xff ");
        CHECK(keys_of(*store, {.from = "c", .to = "a"}).empty());
    }
}

TEST_CASE("snapshots keep their state") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("k", "old"));
        auto snapshot = store->snapshot();
        REQUIRE(snapshot);
        REQUIRE(store->put("k", "new"));
        REQUIRE(store->put("l", "new"));
        CHECK((*store->get("k", {.snapshot = snapshot->get()}))->bytes() == "old");
        CHECK_FALSE(*store->get("l", {.snapshot = snapshot->get()}));
        CHECK(keys_of(*store, {.snapshot = snapshot->get()}) == "k ");
        CHECK((*store->get("k"))->bytes() == "new");
    }
}

TEST_CASE("an iterator keeps its state when its snapshot is let go") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("k", "old"));
        auto snapshot = store->snapshot();
        REQUIRE(snapshot);
        REQUIRE(store->put("k", "new"));
        auto iterator = store->scan({.snapshot = snapshot->get()});
        REQUIRE(iterator);
        snapshot->reset();
        REQUIRE(store->put("k", "newer"));
        REQUIRE(store->compact());
        REQUIRE(*(*iterator)->next());
        CHECK((*iterator)->value() == "old");
    }
}

TEST_CASE("conditions") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        const auto first = store->put_if("k", "1", Condition::Absent{});
        REQUIRE(first);
        const auto again = store->put_if("k", "2", Condition::Absent{});
        REQUIRE_FALSE(again);
        CHECK(again.error().code == ErrorCode::conflict);
        CHECK((*store->get("k"))->bytes() == "1");
        CHECK(store->put_if("k", "2", Condition::AtSequence{*first}));
        CHECK_FALSE(store->put_if("k", "3", Condition::AtSequence{*first}));
        CHECK(store->put_if("k", "3", Condition::HasValue{"2"}));
        CHECK_FALSE(store->put_if("absent", "3", Condition::Present{}));
    }
}

TEST_CASE("limits are refused and leave the store as it was") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        const auto refused = store->put("", "v");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::invalid_argument);
        CHECK_FALSE(store->write(Batch{}));
        CHECK(store->last_sequence() == 0);
    }
}

TEST_CASE("after close everything says closed") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("k", "v"));
        auto iterator = store->scan();
        REQUIRE(iterator);
        REQUIRE(store->close());
        CHECK(store->close());
        CHECK(store->put("k", "v").error().code == ErrorCode::closed);
        CHECK(store->get("k").error().code == ErrorCode::closed);
        CHECK((*iterator)->next().error().code == ErrorCode::closed);
        CHECK((*iterator)->seek("k").error().code == ErrorCode::closed);
        CHECK(store->scan().error().code == ErrorCode::closed);
        CHECK(store->snapshot().error().code == ErrorCode::closed);
        CHECK(store->get_many({}).error().code == ErrorCode::closed);
        CHECK(store->sync().error().code == ErrorCode::closed);
        CHECK(store->flush().error().code == ErrorCode::closed);
        CHECK(store->compact().error().code == ErrorCode::closed);
        CHECK(store->check().error().code == ErrorCode::closed);
        CHECK(store->stats().error().code == ErrorCode::closed);
        CHECK(store->runs().error().code == ErrorCode::closed);
        CHECK(store->files().error().code == ErrorCode::closed);
        CHECK(store->estimate().error().code == ErrorCode::closed);
    }
}

}  // namespace
}  // namespace strata
