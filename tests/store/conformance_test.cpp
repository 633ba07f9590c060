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

std::string versions_of(Store& store, ScanOptions options) {
    options.all_versions = true;
    auto iterator = store.scan(options);
    REQUIRE_MESSAGE(iterator, (iterator ? "" : iterator.error().message));
    std::string text;
    while (true) {
        auto more = (*iterator)->next();
        REQUIRE(more);
        if (!*more) {
            return text;
        }
        text += std::string{(*iterator)->key()} + "#" + std::to_string((*iterator)->sequence());
        text += (*iterator)->deleted() ? "- " : "=" + std::string{(*iterator)->value()} + " ";
    }
}

std::string history_of(Store& store, Bytes key, const HistoryOptions& options = {}) {
    auto history = store.history(key, options);
    REQUIRE(history);
    std::string text;
    for (const StoredVersion& version : history->versions) {
        CHECK_FALSE(version.place.empty());
        text += std::to_string(version.sequence);
        text += version.deleted ? "- " : "=" + std::to_string(version.value_size) + " ";
    }
    return text + (history->more ? "more" : "");
}

TEST_CASE("a read at a sequence finds that state, or says why it cannot") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("k", "one"));
        const auto pin = store->snapshot();  // keeps the versions, whatever the engine drops
        REQUIRE(pin);
        REQUIRE(store->put("l", "two"));
        REQUIRE(store->put("m", "three"));
        REQUIRE(store->del("m"));
        CHECK(keys_of(*store, {.at = 0}).empty());
        CHECK(keys_of(*store, {.at = 1}) == "k ");
        CHECK(keys_of(*store, {.at = 2}) == "k l ");
        CHECK(keys_of(*store, {.at = 3}) == "k l m ");
        CHECK(keys_of(*store, {.at = 4}) == "k l ");
        CHECK(keys_of(*store, {.reverse = true, .at = 3}) == "m l k ");
        CHECK_FALSE(*store->get("l", {.at = 1}));
        CHECK((*store->get("l", {.at = 2}))->bytes() == "two");
        const std::vector<Bytes> keys{"k", "m"};
        CHECK((*store->get_many(keys, {.at = 3}))[1]->bytes() == "three");
        CHECK_FALSE((*store->get_many(keys, {.at = 4}))[1]);

        const auto beyond = store->get("k", {.at = 5});
        REQUIRE_FALSE(beyond);
        CHECK(beyond.error().code == ErrorCode::invalid_argument);
        CHECK(store->get_many(keys, {.at = 5}).error().code == ErrorCode::invalid_argument);
        CHECK(store->scan({.at = 5}).error().code == ErrorCode::invalid_argument);
        const auto both = store->get("k", {.snapshot = pin->get(), .at = 1});
        REQUIRE_FALSE(both);
        CHECK(both.error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("what was dropped is refused, exactly up to the history floor") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("a", "1"));
        REQUIRE(store->put("k", "2"));
        REQUIRE(store->put("b", "3"));
        REQUIRE(store->put("k", "4"));  // drops sequence 2, which reads at 2 and 3 would need
        REQUIRE(store->put("c", "5"));
        REQUIRE(store->compact());
        CHECK(store->stats()->history_floor == 4);
        CHECK((*store->get("k", {.at = 4}))->bytes() == "4");
        CHECK(keys_of(*store, {.at = 4}) == "a b k ");
        for (const Sequence at : {Sequence{0}, Sequence{2}, Sequence{3}}) {
            CAPTURE(at);
            const auto gone = store->get("k", {.at = at});
            REQUIRE_FALSE(gone);
            CHECK(gone.error().code == ErrorCode::gap);
            CHECK(gone.error().message.find("before 4") != std::string::npos);
            CHECK(store->scan({.at = at}).error().code == ErrorCode::gap);
        }
        CHECK(store->history("k")->floor == 4);
    }
}

TEST_CASE("a deletion that goes takes no history with it") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        REQUIRE(store->put("a", "1"));
        REQUIRE(store->del("k"));
        REQUIRE(store->put("b", "3"));
        REQUIRE(store->compact());
        CHECK(store->stats()->history_floor == 0);
        CHECK(keys_of(*store, {.at = 1}) == "a ");
        CHECK(keys_of(*store, {.at = 2}) == "a ");
    }
}

TEST_CASE("a walk over all versions shows each, the newest of a key first") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        const auto pin = store->snapshot();
        REQUIRE(pin);
        REQUIRE(store->put("a", "1"));
        REQUIRE(store->put("b", "2"));
        REQUIRE(store->flush());
        const auto second = store->snapshot();
        REQUIRE(second);
        REQUIRE(store->put("a", "3"));
        const auto third = store->snapshot();
        REQUIRE(third);
        REQUIRE(store->del("b"));
        REQUIRE(store->put("c", "5"));
        const std::string all = "a#3=3 a#1=1 b#4- b#2=2 c#5=5 ";
        CHECK(versions_of(*store, {}) == all);
        CHECK(versions_of(*store, {.reverse = true}) == "c#5=5 b#4- b#2=2 a#3=3 a#1=1 ");
        CHECK(versions_of(*store, {.prefix = "b"}) == "b#4- b#2=2 ");
        CHECK(versions_of(*store, {.at = 3}) == "a#3=3 a#1=1 b#2=2 ");
        CHECK(versions_of(*store, {.snapshot = second->get()}) == "a#1=1 b#2=2 ");
        CHECK(versions_of(*store, {.snapshot = pin->get()}).empty());
        CHECK(history_of(*store, "b") == "4- 2=1 ");
        CHECK(history_of(*store, "a", {.limit = 1}) == "3=1 more");
        CHECK(history_of(*store, "a", {.limit = 2}) == "3=1 1=1 ");
        CHECK(history_of(*store, "absent").empty());
        REQUIRE(store->flush());
        CHECK(versions_of(*store, {}) == all);
        REQUIRE(store->compact());
        CHECK(versions_of(*store, {}) == all);
        CHECK(history_of(*store, "b") == "4- 2=1 ");
        auto iterator = store->scan({.all_versions = true});
        REQUIRE(iterator);
        REQUIRE(*(*iterator)->seek("b"));
        CHECK((*iterator)->deleted());
        CHECK((*iterator)->value().empty());
        REQUIRE(*(*iterator)->next());
        CHECK((*iterator)->value() == "2");
        REQUIRE(*(*iterator)->seek("a"));
        CHECK((*iterator)->sequence() == 3);
    }
}

TEST_CASE("explanations agree with what they explain, and write nothing") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        const auto pin = store->snapshot();
        REQUIRE(pin);
        for (const char* key : {"a", "b", "c"}) {
            REQUIRE(store->put(key, key));
        }
        REQUIRE(store->put("b", "newer"));
        REQUIRE(store->del("c"));
        auto told = store->explain_get("b");
        REQUIRE(told);
        CHECK(told->found);
        CHECK(told->sequence == 4);
        CHECK(told->value_size == 5);
        CHECK(told->shadowed == 1);
        CHECK_FALSE(told->steps.empty());
        told = store->explain_get("b", {.at = 3});
        REQUIRE(told);
        CHECK(told->sequence == 2);
        CHECK(told->too_new == 1);
        told = store->explain_get("c");
        REQUIRE(told);
        CHECK_FALSE(told->found);
        CHECK(told->tombstones == 1);
        told = store->explain_scan();
        REQUIRE(told);
        CHECK(told->records == 2);
        CHECK(store->explain_scan({}, 1)->records == 1);
        CHECK(store->explain_get("b", {.at = 9}).error().code == ErrorCode::invalid_argument);
        Batch batch;
        REQUIRE(batch.put("d", "1"));
        told = store->explain_write(batch);
        REQUIRE(told);
        CHECK(told->outcome == "would be committed as sequence 6");
        CHECK(store->last_sequence() == 5);
        CHECK_FALSE(*store->get("d"));
    }
}

TEST_CASE("a checkpoint is a store, or unsupported") {
    CHECK(open_engine(0)->checkpoint("/copy").error().code == ErrorCode::unsupported);
    for (int engine = 1; engine < engine_count; ++engine) {
        CAPTURE(engine);
        Options options;
        options.file_system = StrictFileSystem::create();
        if (engine == 2) {
            options.memtable_size = 512;
        }
        auto store = open("lsm:/store", options);
        REQUIRE(store);
        for (const char* key : {"a", "b", "c"}) {
            REQUIRE((*store)->put(key, std::string(300, 'x')));
        }
        const auto report = (*store)->checkpoint("/copy");
        REQUIRE_MESSAGE(report, (report ? "" : report.error().message));
        CHECK(report->last_sequence == 3);
        REQUIRE((*store)->del("b"));
        auto copy = open("lsm:/copy", options);
        REQUIRE_MESSAGE(copy, (copy ? "" : copy.error().message));
        CHECK((*copy)->open_report().closed_cleanly);
        CHECK(keys_of(**copy, {}) == "a b c ");
        REQUIRE((*copy)->put("d", "1"));
        CHECK(keys_of(**copy, {}) == "a b c d ");
        CHECK(keys_of(**store, {}) == "a c ");
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

TEST_CASE("batches written together have outcomes of their own") {
    for (int engine = 0; engine < engine_count; ++engine) {
        CAPTURE(engine);
        const auto store = open_engine(engine);
        Batch put;
        REQUIRE(put.put("k", "1"));
        Batch loses;
        REQUIRE(loses.require("k", Condition::Absent{}));
        REQUIRE(loses.put("k", "2"));
        const Batch empty;
        const std::vector<const Batch*> together{&put, &loses, &put};
        const auto outcomes = store->write_all(together);
        REQUIRE(outcomes.size() == 3);
        CHECK(*outcomes[0] == 1);
        CHECK(outcomes[1].error().code == ErrorCode::conflict);
        CHECK(*outcomes[2] == 2);
        const std::vector<const Batch*> with_empty{&put, &empty};
        const auto judged = store->write_all(with_empty, {.sync = SyncMode::none()});
        REQUIRE(judged.size() == 2);
        CHECK(*judged[0] == 3);
        CHECK(judged[1].error().code == ErrorCode::invalid_argument);
        CHECK((*store->get("k"))->bytes() == "1");
        CHECK(store->last_sequence() == 3);
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
        CHECK(store->history("k").error().code == ErrorCode::closed);
        CHECK(store->explain_get("k").error().code == ErrorCode::closed);
        CHECK(store->explain_scan().error().code == ErrorCode::closed);
        CHECK(store->explain_write(Batch{}).error().code == ErrorCode::closed);
        CHECK(store->sync().error().code == ErrorCode::closed);
        CHECK(store->flush().error().code == ErrorCode::closed);
        CHECK(store->compact().error().code == ErrorCode::closed);
        CHECK(store->checkpoint("/copy").error().code == ErrorCode::closed);
        CHECK(store->check().error().code == ErrorCode::closed);
        CHECK(store->stats().error().code == ErrorCode::closed);
        CHECK(store->runs().error().code == ErrorCode::closed);
        CHECK(store->files().error().code == ErrorCode::closed);
        CHECK(store->estimate().error().code == ErrorCode::closed);
    }
}

}  // namespace
}  // namespace strata
