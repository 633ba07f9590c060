// SPDX-License-Identifier: Apache-2.0
// Proves what happens between writes: unsynced writes of interval mode become durable, sealed
// segments too, a mark follows the last sync, and files that nobody needs are unlinked.
#include "lsm/keeper.hpp"

#include "lsm_support.hpp"

#include <doctest/doctest.h>

namespace strata::test {
namespace {

TEST_CASE("a write of interval mode survives a power cut soon after") {
    const auto disk = StrictFileSystem::create();
    const auto store = open_store(small_options(disk));
    const auto survives = [&] {
        const auto left = disk->crash_clone(CrashPolicy::drop, 1);
        const auto after = open_store(reading(small_options(left)));
        return must(after->get("k")).has_value();
    };
    must(store->put("k", "v", {.sync = SyncMode::none()}));
    CHECK_FALSE(survives());
    must(store->put("l", "v", {.sync = SyncMode::every(std::chrono::milliseconds{1})}));
    CHECK(eventually([&] { return must(store->stats()).durable_sequence == 2; }));
    CHECK(survives());
    must(store->put("l", "w", {.sync = SyncMode::every(std::chrono::milliseconds{1})}));
    CHECK(eventually([&] { return must(store->stats()).durable_sequence == 3; }));
}

TEST_CASE("sealed segments become durable without being asked") {
    const auto disk = StrictFileSystem::create();
    const auto store = open_store(small_options(disk));
    put_many(*store, 0, 200, "value");
    CHECK(eventually([&] { return must(store->stats()).durable_sequence > 50; }));
}

TEST_CASE("an idle second after a sync leaves a mark, and only one") {
    const auto store = open_store(small_options());
    must(store->put("k", "v"));
    const std::uint64_t before = must(store->stats()).log_bytes;
    CHECK(eventually([&] { return must(store->stats()).log_bytes > before; }));
    const std::uint64_t marked = must(store->stats()).log_bytes;
    CHECK(marked - before < 64);
    must(store->put("k", "v", {.sync = SyncMode::none()}));
    must(store->sync());
    CHECK(eventually([&] { return must(store->stats()).log_bytes > marked + 50; }));
}

TEST_CASE("segments go when their operations are in tables") {
    const Options options = small_options();
    const auto store = open_store(options);
    put_many(*store, 0, 500, "value");
    must(store->flush());
    CHECK(eventually([&] {
        std::size_t segments = 0;
        for (const auto& [name, size] : sizes_in(*options.file_system, store_path)) {
            segments += name.ends_with(".wal") ? 1U : 0U;
        }
        return segments <= 2;
    }));
    CHECK(must(store->stats()).log_segments == 1);
}

}  // namespace
}  // namespace strata::test
