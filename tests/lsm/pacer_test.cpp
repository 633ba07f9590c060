// SPDX-License-Identifier: Apache-2.0
// Proves that a write that needs a new memtable waits while all are full, for a flush and nothing
// else, and that stopping, failing and a full disk end the wait.
#include "lsm/pacer.hpp"

#include "lsm_support.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <utility>

namespace strata::test {
namespace {

// A store without threads: nothing is flushed.
struct Fixture {
    std::shared_ptr<StrictFileSystem> disk = StrictFileSystem::create();
    std::optional<StoreCore> core;

    explicit Fixture(std::size_t sealed) {
        must(disk->create_directory(store_path));
        Options options = small_options(disk);
        core.emplace(StoreCore::Config{.file_system = disk,
                                       .directory = store_path,
                                       .options = options,
                                       .memtable_size = 4096,
                                       .store = {}});
        ReadView view;
        view.active = std::make_shared<Memtable>(0);
        for (std::size_t i = 0; i < sealed; ++i) {
            view.sealed.push_back({.memtable = std::make_shared<Memtable>(0)});
        }
        view.version = std::make_shared<const Version>();
        core->start({}, 0, std::move(view));
    }

    // What a wait comes to that `end` ends.
    Status wait_until(const std::function<void()>& end) {
        Pacer pacer{*core};
        std::optional<Status> result;
        std::thread waiting{[&] { result = pacer.wait(100, true); }};
        CHECK(eventually([&] { return std::string{core->counters.limiter.load()} == "flush"; }));
        end();
        waiting.join();
        return std::move(*result);
    }
};

TEST_CASE("nothing waits while a memtable is free, or none is needed") {
    Fixture free{Pacer::sealed_max - 1};
    CHECK(Pacer{*free.core}.wait(100, true));
    Fixture full{Pacer::sealed_max};
    CHECK(Pacer{*full.core}.wait(100, false));
}

TEST_CASE("a full store waits until it stops or fails") {
    Fixture stopping{Pacer::sealed_max};
    CHECK(must_fail(stopping.wait_until([&] { stopping.core->request_stop(); })).code ==
          ErrorCode::closed);
    CHECK(must_fail(Pacer{*stopping.core}.wait(1, false)).code == ErrorCode::closed);
    Fixture failing{Pacer::sealed_max};
    CHECK(must_fail(failing.wait_until([&] {
              failing.core->failure.set({ErrorCode::io, "the disk is gone"});
              failing.core->signal();
          })).message.find("the disk is gone") != std::string::npos);
}

TEST_CASE("writers are slowed, not refused, while nobody merges fast enough") {
    Options options = small_options();
    options.memtable_size = 512;
    const auto store = open_store(options);
    put_many(*store, 0, 3000, std::string(40, 'v'));
    CHECK(must(store->estimate()).entries >= 3000);
    CHECK(must(store->stats()).failure.empty());
}

}  // namespace
}  // namespace strata::test
