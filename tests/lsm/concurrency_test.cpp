// SPDX-License-Identifier: Apache-2.0
// Proves that writers, readers, flushes and merges may run together: every reader sees, key by
// key, ever newer versions, whole batches, sorted scans, and in a snapshot always the same. Run
// under the thread sanitizer it also proves that nothing of it is a race.
#include "lsm_support.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <vector>

namespace strata::test {
namespace {

constexpr int writers = 4;
constexpr int readers = 3;
constexpr std::uint64_t keys = 60;  // of each writer
constexpr std::chrono::seconds duration{3};

// Each writer has its own keys and gives them ever greater numbers, two keys in one batch.
std::string key_of(int writer, bool left, std::uint64_t number) {
    return std::string{left ? "left" : "right"} + std::to_string(writer) + "-" +
           std::to_string(100 + number);
}

std::uint64_t number_in(Bytes value) { return std::stoull(std::string{value.substr(0, 12)}); }

struct Shared {
    std::unique_ptr<Store> store;
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> writes{0};
    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> scans{0};
    std::atomic<std::uint64_t> wrong{0};

    // doctest's checks take a lock, which would order the threads.
    void check(bool holds) { wrong += holds ? 0U : 1U; }
};

void write(Shared& shared, int writer) {
    Random random{static_cast<std::uint64_t>(writer)};
    for (std::uint64_t i = 1; !shared.stop; ++i) {
        const std::uint64_t key = random.below(keys);
        std::string value = std::to_string(100'000'000'000 + i);
        value.append(random.below(100), 'v');
        Batch batch;
        shared.check(batch.put(key_of(writer, true, key), value).has_value());
        shared.check(batch.put(key_of(writer, false, key), value).has_value());
        const bool syncs = random.one_in(8);
        const auto written =
            shared.store->write(batch, {.sync = syncs ? SyncMode::sync() : SyncMode::none()});
        shared.check(written.has_value());
        if (written && random.one_in(16)) {
            // Its own write is there at once.
            const auto found = shared.store->get(key_of(writer, true, key));
            shared.check(found && *found && (*found)->sequence() + 1 == *written &&
                         (*found)->bytes() == value);
        }
        ++shared.writes;
    }
}

// A scan of one writer's left keys and one of its right keys, over one snapshot.
void read_snapshot(Shared& shared, int writer) {
    const auto snapshot = shared.store->snapshot();
    shared.check(snapshot.has_value());
    std::array<std::vector<std::string>, 2> values;
    for (const bool left : {true, false}) {
        const std::string prefix = key_of(writer, left, 0).substr(0, left ? 6 : 7);
        auto scanned =
            shared.store->scan({.prefix = prefix, .reverse = !left, .snapshot = snapshot->get()});
        shared.check(scanned.has_value());
        std::string previous;
        while (true) {
            const auto more = (*scanned)->next();
            shared.check(more.has_value());
            if (!more || !*more) {
                break;
            }
            const Bytes key = (*scanned)->key();
            shared.check(key.starts_with(prefix));
            shared.check(previous.empty() || (left ? key > previous : key < previous));
            shared.check((*scanned)->sequence() <= (*snapshot)->sequence());
            previous = key;
            values[left ? 0 : 1].emplace_back((*scanned)->value());
            const auto found = shared.store->get(key, {.snapshot = snapshot->get()});
            shared.check(found && *found && (*found)->bytes() == (*scanned)->value() &&
                         (*found)->sequence() == (*scanned)->sequence());
        }
    }
    shared.check(
        std::equal(values[0].begin(), values[0].end(), values[1].rbegin(), values[1].rend()));
    ++shared.scans;
}

void read(Shared& shared, int reader) {
    struct Seen {
        Sequence sequence = 0;
        std::uint64_t number = 0;
    };
    std::map<std::string, Seen> seen;
    Random random{static_cast<std::uint64_t>(100 + reader)};
    while (!shared.stop) {
        const int writer = static_cast<int>(random.below(writers));
        if (random.one_in(60)) {
            read_snapshot(shared, writer);
            continue;
        }
        const std::string key = key_of(writer, random.one_in(2), random.below(keys));
        const auto found = shared.store->get(key);
        shared.check(found.has_value());
        Seen& last = seen[key];
        if (found && *found) {
            const Value& value = **found;
            shared.check(value.sequence() >= last.sequence);
            const std::uint64_t number = number_in(value.bytes());
            shared.check(value.sequence() == last.sequence ? number == last.number
                                                           : number > last.number);
            last = {value.sequence(), number};
        } else {
            shared.check(last.sequence == 0);
        }
        ++shared.reads;
    }
}

void disturb(Shared& shared) {
    for (int i = 0; !shared.stop; ++i) {
        shared.check(i % 4 == 0 ? shared.store->compact().has_value()
                                : shared.store->flush().has_value());
        shared.check(shared.store->stats().has_value());
        shared.check(shared.store->runs().has_value());
        shared.check(shared.store->estimate({.prefix = "left"}).has_value());
        if (i % 16 == 15) {
            const auto report = shared.store->check();
            shared.check(report && report->findings.empty());
        }
    }
}

TEST_CASE("writers, readers, snapshots, flushes and merges together") {
    Options options = small_options();
    options.workers = 2;
    options.memory = std::size_t{256} << 10;
    Shared shared;
    shared.store = open_store(options);
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&shared, i] { write(shared, i); });
    }
    for (int i = 0; i < readers; ++i) {
        threads.emplace_back([&shared, i] { read(shared, i); });
    }
    threads.emplace_back([&shared] { disturb(shared); });
    std::this_thread::sleep_for(duration);
    shared.stop = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(shared.wrong == 0);
    CHECK(shared.writes > 0);
    CHECK(shared.reads > 0);
    const Stats stats = must(shared.store->stats());
    MESSAGE("writes ", shared.writes.load(), ", reads ", shared.reads.load(), ", snapshots ",
            shared.scans.load(), ", flushes ", stats.flushes, ", merges ", stats.merges);
    const Sequence last = shared.store->last_sequence();
    CHECK(last == 2 * shared.writes);
    shared.store.reset();
    const auto again = open_store(options);
    CHECK(again->last_sequence() == last);
    CHECK(must(again->check()).findings.empty());
}

}  // namespace
}  // namespace strata::test
