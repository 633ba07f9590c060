// SPDX-License-Identifier: Apache-2.0
// Proves that a store whose tables are mapped answers as one that reads them: beside flushes and
// merges, with values that outlive their table, and with damage found when a block is first seen.
#include <strata/store.hpp>

#include "support/must.hpp"
#include "support/random.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace strata {
namespace {

using test::must;
using test::must_fail;
using test::Random;

Options mapped(Compression compression) {
    Options options;
    options.sync = SyncMode::none();
    options.memory = std::size_t{1} << 20;
    options.memtable_size = std::size_t{16} << 10;
    options.block_size = 512;
    options.compression = compression;
    options.mapped_tables = true;
    return options;
}

void check_content(Store& store, const std::map<std::string, std::string>& expected) {
    for (const bool reverse : {false, true}) {
        ScanOptions options;
        options.reverse = reverse;
        const auto iterator = must(store.scan(options));
        std::map<std::string, std::string> found;
        while (must(iterator->next())) {
            found.emplace(iterator->key(), iterator->value());
        }
        CHECK(found == expected);
    }
}

TEST_CASE("reads in a map are reads") {
    Compression compression = Compression::none;
    SUBCASE("raw blocks") { compression = Compression::none; }
    SUBCASE("compressed blocks") { compression = Compression::lz4; }
    const test::TempDir directory;
    Random random{test::test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    std::map<std::string, std::string> expected;
    const std::string where = directory.path("store");
    auto store = must(open(where, mapped(compression)));
    std::optional<Value> kept;
    for (int step = 0; step < 6000; ++step) {
        const std::string key = "key" + std::to_string(random.below(1500));
        if (random.one_in(6)) {
            must(store->del(key));
            expected.erase(key);
        } else {
            const std::string value = random.letters(random.below(120));
            must(store->put(key, value));
            expected[key] = value;
        }
        const std::string other = "key" + std::to_string(random.below(1500));
        const auto value = must(store->get(other));
        const auto there = expected.find(other);
        REQUIRE(value.has_value() == (there != expected.end()));
        if (value) {
            REQUIRE(value->bytes() == there->second);
        }
        if (step == 3000) {
            must(store->put("kept", std::string(300, 'k')));
            must(store->compact());
            kept = must(store->get("kept"));
            must(store->del("kept"));
        }
    }
    check_content(*store, expected);
    must(store->compact());
    // The table that the value lies in is gone by now.
    CHECK(must(store->get("kept")).has_value() == false);
    CHECK(kept->bytes() == std::string(300, 'k'));
    kept.reset();
    must(store->close());
    store = must(open(where, mapped(compression)));
    check_content(*store, expected);
    Options reading = mapped(compression);
    reading.read_only = true;
    check_content(*must(open(where, reading)), expected);
}

TEST_CASE("a damaged block is found in a map too") {
    const test::TempDir directory;
    const std::string where = directory.path("store");
    {
        auto store = must(open(where, mapped(Compression::none)));
        for (int i = 0; i < 200; ++i) {
            must(store->put("key" + std::to_string(1000 + i), std::string(50, 'v')));
        }
        must(store->compact());
        must(store->close());
    }
    for (const auto& entry : std::filesystem::directory_iterator{where}) {
        if (entry.path().extension() == ".sst") {
            std::fstream file{entry.path(), std::ios::in | std::ios::out | std::ios::binary};
            file.seekp(200);
            file.put('!');
        }
    }
    const auto store = must(open(where, mapped(Compression::none)));
    CHECK(must_fail(store->get("key1001")).code == ErrorCode::corruption);
    CHECK(must(store->get("key1199"))->bytes() == std::string(50, 'v'));
}

}  // namespace
}  // namespace strata
