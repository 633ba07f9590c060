// SPDX-License-Identifier: Apache-2.0
// Proves that the cache gives back the block that was put in, stays within its budget, evicts only
// what is not pinned, keeps hot blocks while a scan passes, and is right under many threads.
#include "table/block_cache.hpp"

#include "base/coding.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace strata::test {
namespace {

constexpr std::size_t block_size = 1000;

/// Loads blocks that can be recognized: the key of their one entry is their position.
class Frames {
  public:
    BlockPin get(BlockCache& cache, const BlockSlots& slots, std::size_t position) {
        BlockPin pin = cache.find(slots, position);
        if (pin) {
            return pin;
        }
        loads += 1;
        return cache.insert(slots, position, make(position));
    }
    static BlockFrame::Pointer make(std::size_t position, std::size_t size = block_size) {
        auto frame = BlockFrame::allocate(size + 64);
        char* data = frame->data();
        std::fill(data, data + 64, '\0');
        store(data, std::uint32_t{1});
        store(data + 4, std::uint32_t{8});
        store(data + 24, std::uint64_t{position});
        data[38] = 1;
        auto view = BlockView::parse({data, 50}, BlockKind::data);
        REQUIRE(view);
        frame->view = *view;
        return frame;
    }
    std::uint64_t loads = 0;
};

std::uint64_t name_of(const BlockPin& pin) {
    return load<std::uint64_t>(pin.view().prefix().data());
}

std::size_t charge_of_one() { return Frames::make(0)->charge(); }

TEST_CASE("a block is found again while it is cached") {
    BlockCache cache{std::size_t{1} << 20};
    const BlockSlots slots{4};
    CHECK_FALSE(cache.find(slots, 2));
    {
        const BlockPin pin = cache.insert(slots, 2, Frames::make(2));
        CHECK(name_of(pin) == 2);
        const BlockPin again = cache.find(slots, 2);
        REQUIRE(again);
        CHECK(&again.view() == &pin.view());
        const BlockPin loser = cache.insert(slots, 2, Frames::make(2));
        CHECK(&loser.view() == &pin.view());
    }
    CHECK(cache.counters().block_bytes == charge_of_one());
    CHECK(cache.counters().hits == 1);
    CHECK(cache.counters().misses == 1);
    cache.forget(slots);
    CHECK(cache.counters().block_bytes == 0);
}

TEST_CASE("the budget holds blocks and charges") {
    const std::size_t one = charge_of_one();
    BlockCache cache{one * 20};
    const BlockSlots slots{100};
    Frames frames;
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(name_of(frames.get(cache, slots, i)) == i);
        CHECK(cache.counters().block_bytes <= one * 20);
    }
    CHECK(cache.counters().block_bytes == one * 20);
    cache.charge(static_cast<std::ptrdiff_t>(one * 15));
    CHECK(cache.counters().block_bytes == one * 5);
    cache.charge(static_cast<std::ptrdiff_t>(one * 50));
    CHECK(cache.counters().block_bytes == 0);
    CHECK(name_of(frames.get(cache, slots, 1)) == 1);
    CHECK(cache.counters().block_bytes == 0);
    cache.charge(-static_cast<std::ptrdiff_t>(one * 65));
    cache.set_capacity(one * 10);
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(name_of(frames.get(cache, slots, i)) == i);
    }
    CHECK(cache.counters().block_bytes == one * 10);
    cache.set_capacity(0);
    CHECK(cache.counters().block_bytes == 0);
    CHECK(name_of(frames.get(cache, slots, 3)) == 3);
    CHECK(cache.counters().block_bytes == 0);
    cache.forget(slots);
}

TEST_CASE("a pinned block stays, and what does not fit bypasses the cache") {
    const std::size_t one = charge_of_one();
    BlockCache cache{one * 10};
    const BlockSlots slots{100};
    Frames frames;
    {
        std::vector<BlockPin> pins;
        for (std::size_t i = 0; i < 30; ++i) {
            pins.push_back(frames.get(cache, slots, i));
        }
        for (std::size_t i = 0; i < 30; ++i) {
            CHECK(name_of(pins[i]) == i);
        }
        CHECK(cache.counters().block_bytes == one * 10);
        for (std::size_t i = 0; i < 10; ++i) {
            CHECK(cache.find(slots, i));
        }
        CHECK_FALSE(cache.find(slots, 10));
        BlockPin moved = std::move(pins[3]);
        void* released = moved.release();
        CHECK_FALSE(moved);
        BlockPin::unpin(released);
    }
    const BlockPin large = cache.insert(slots, 50, Frames::make(50, 2 * one));
    CHECK(name_of(large) == 50);
    CHECK_FALSE(cache.find(slots, 50));
    cache.forget(slots);
}

TEST_CASE("a scan does not drive out what is used again and again") {
    const std::size_t one = charge_of_one();
    BlockCache cache{one * 100};
    const BlockSlots hot{50};
    const BlockSlots cold{5000};
    Frames frames;
    for (int round = 0; round < 4; ++round) {
        for (std::size_t i = 0; i < hot.count(); ++i) {
            static_cast<void>(frames.get(cache, hot, i));
        }
    }
    frames.loads = 0;
    for (std::size_t i = 0; i < cold.count(); ++i) {
        static_cast<void>(frames.get(cache, cold, i));
    }
    CHECK(frames.loads == cold.count());
    frames.loads = 0;
    for (std::size_t i = 0; i < hot.count(); ++i) {
        static_cast<void>(frames.get(cache, hot, i));
    }
    CHECK(frames.loads == 0);
    cache.forget(hot);
    cache.forget(cold);
}

TEST_CASE("a block that comes back soon after its eviction is kept longer") {
    const std::size_t one = charge_of_one();
    BlockCache cache{one * 20};
    const BlockSlots slots{1000};
    Frames frames;
    for (std::size_t i = 0; i < 20; ++i) {
        static_cast<void>(frames.get(cache, slots, i));
    }
    static_cast<void>(frames.get(cache, slots, 20));  // drives out block 0
    static_cast<void>(frames.get(cache, slots, 0));   // which comes back, to the main queue
    frames.loads = 0;
    for (std::size_t i = 100; i < 200; ++i) {
        static_cast<void>(frames.get(cache, slots, i));
    }
    CHECK(cache.find(slots, 0));
    cache.forget(slots);
}

TEST_CASE("many threads, a tiny cache and a changing budget") {
    const std::size_t one = charge_of_one();
    BlockCache cache{one * 16};
    const BlockSlots slots{64};
    std::atomic<std::uint64_t> wrong{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            Random random{test_seed(100) + t};
            Frames frames;
            std::vector<BlockPin> held(4);
            for (int i = 0; i < 20'000; ++i) {
                const std::size_t position = random.below(slots.count());
                BlockPin pin = frames.get(cache, slots, position);
                wrong += name_of(pin) != position ? 1U : 0U;
                if (random.one_in(4)) {
                    held[random.below(held.size())] = std::move(pin);
                }
            }
        });
    }
    std::thread budget{[&] {
        while (!stop.load()) {
            cache.charge(static_cast<std::ptrdiff_t>(one * 12));
            cache.set_capacity(one * 8);
            cache.charge(-static_cast<std::ptrdiff_t>(one * 12));
            cache.set_capacity(one * 16);
            static_cast<void>(cache.counters());
            std::this_thread::yield();
        }
    }};
    for (std::thread& thread : threads) {
        thread.join();
    }
    stop = true;
    budget.join();
    CHECK(wrong == 0);
    cache.forget(slots);
    CHECK(cache.counters().block_bytes == 0);
}

}  // namespace
}  // namespace strata::test
