// SPDX-License-Identifier: Apache-2.0
// Proves that a reader sees one moment of a store, beside its owner and after a kill, and writes
// nothing: names, sizes and times of the directory stay as they were, and every writing verb is
// refused.
#include "lsm_support.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace strata::test {
namespace {

using Facts = std::vector<std::tuple<std::string, std::uintmax_t, std::filesystem::file_time_type>>;

Facts facts_of(const std::string& directory) {
    Facts facts;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        facts.emplace_back(entry.path().filename(), entry.file_size(), entry.last_write_time());
    }
    std::sort(facts.begin(), facts.end());
    return facts;
}

TEST_CASE("reading writes nothing, whether the store was closed or killed") {
    for (const bool closes : {false, true}) {
        CAPTURE(closes);
        const TempDir directory;
        const std::string where = directory.path("store");
        const Options options = small_options(nullptr);
        {
            const auto store = must(open(where, options));
            put_many(*store, 0, 200, "value");
            must(store->flush());
            put_many(*store, 200, 210, "value");
            if (closes) {
                must(store->close());
            }
        }
        const Facts before = facts_of(where);
        const auto own_time = std::filesystem::last_write_time(where);
        {
            const auto store = must(open(where, reading(options)));
            CHECK(store->open_report().closed_cleanly == closes);
            CHECK(store->last_sequence() == 210);
            const auto iterator = must(store->scan());
            int count = 0;
            while (must(iterator->next())) {
                ++count;
            }
            CHECK(count == 210);
            CHECK(must(store->check()).findings.empty());
            must(store->sync());
            must(store->close());
        }
        CHECK(facts_of(where) == before);
        CHECK(std::filesystem::last_write_time(where) == own_time);
    }
}

TEST_CASE("every writing verb is refused, every reading verb works") {
    const Options options = small_options();
    {
        const auto store = open_store(options);
        put_many(*store, 0, 100, "v");
        must(store->flush());
        must(store->put("k", "v"));
    }
    const auto store = open_store(reading(options));
    Batch batch;
    must(batch.put("k", "v"));
    for (const ErrorCode code :
         {store->put("k", "v").error().code, store->del("k").error().code,
          store->write(batch).error().code, store->write(Batch{}).error().code,
          store->put_if("k", "v", Condition::Absent{}).error().code, store->flush().error().code,
          store->compact().error().code}) {
        CHECK(code == ErrorCode::read_only);
    }
    CHECK(must(store->get("k"))->bytes() == "v");
    CHECK(must(store->stats()).runs == must(store->runs()).size());
    CHECK(must(store->stats()).tables > 0);
    CHECK(must(store->stats()).last_sequence == 101);
    CHECK(must(store->estimate()).entries == 101);
    CHECK(must(store->snapshot())->sequence() == 101);
    CHECK_FALSE(must(store->files()).empty());
    auto iterator = must(store->scan());
    must(store->close());
    CHECK(must_fail(iterator->next()).code == ErrorCode::closed);
    CHECK(must_fail(store->get("k")).code == ErrorCode::closed);
    CHECK(must_fail(store->put("k", "v")).code == ErrorCode::closed);
}

// A reader that runs much more slowly than the owner may be told to try again, never anything else.
std::unique_ptr<Store> open_beside(const Options& options) {
    std::unique_ptr<Store> store;
    const bool opened = eventually([&] {
        auto result = open(store_path, reading(options));
        if (result) {
            store = result.take_value();
            return true;
        }
        CHECK(result.error().code == ErrorCode::busy);
        return result.error().code != ErrorCode::busy;
    });
    CHECK(opened);
    return store;
}

// The owner writes pairs, flushes and merges; whoever opens beside it sees whole pairs, not less
// than was acknowledged before opening, and keeps that moment while files go.
TEST_CASE("readers beside a busy owner see a moment of it, and keep it") {
    const Options options = small_options();
    const auto owner = open_store(options);
    std::atomic<Sequence> acknowledged{0};
    std::atomic<bool> stop{false};
    std::thread writing{[&] {
        for (int i = 0; !stop; ++i) {
            Batch batch;
            const std::string value = std::to_string(i);
            must(batch.put("left" + std::to_string(i % 40), value));
            must(batch.put("right" + std::to_string(i % 40), value));
            acknowledged = must(owner->write(batch, {.sync = SyncMode::none()}));
            if (i % 500 == 499) {
                must(owner->compact());
            }
        }
    }};
    std::vector<std::unique_ptr<Store>> readers;
    std::vector<std::string> texts;
    for (int round = 0; round < 30; ++round) {
        const Sequence before = acknowledged;
        auto reader = open_beside(options);
        if (reader == nullptr) {
            break;
        }
        readers.push_back(std::move(reader));
        CHECK(readers.back()->last_sequence() >= before);
        CHECK(readers.back()->last_sequence() % 2 == 0);
        texts.push_back(text_of(*readers.back(), {.prefix = "left"}));
        std::string right = text_of(*readers.back(), {.prefix = "right"});
        for (std::size_t at = 0; (at = right.find("right", at)) != std::string::npos;) {
            right.replace(at, 5, "left");
        }
        CHECK(texts.back() == right);
    }
    CHECK(eventually([&] { return acknowledged > 3000; }));
    stop = true;
    writing.join();
    must(owner->compact());
    must(owner->close());
    for (std::size_t i = 0; i < readers.size(); ++i) {
        CHECK(text_of(*readers[i], {.prefix = "left"}) == texts[i]);
    }
}

}  // namespace
}  // namespace strata::test
