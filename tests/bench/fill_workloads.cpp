// SPDX-License-Identifier: Apache-2.0
// Workloads that only write.
#include "harness.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace strata::bench {

namespace {

/// Puts the live keys of `order`, each thread its own part of it, one after the other.
Outcome fill(const Setup& setup, std::unique_ptr<Engine> engine,
             const std::vector<std::uint32_t>& order, unsigned threads) {
    const std::uint64_t share = order.size() / threads;
    Outcome outcome;
    outcome.digest = digest(order);
    const WriteCost cost;
    run_threads(threads, outcome, [&](unsigned thread) {
        Values values{setup.seed + thread, setup.value_size};
        const std::uint64_t first = thread * share;
        const std::uint64_t count = thread + 1 == threads ? order.size() - first : share;
        return timed(setup.ticks_per_second, count, [&](std::uint64_t index) {
            engine->put(live_key(order[first + index]), values.next());
        });
    });
    cost.finish(std::move(engine), setup, order.size() * (key_bytes + setup.value_size), outcome);
    return outcome;
}

template <unsigned threads>
Outcome fill_random(const Setup& setup) {
    Outcome outcome =
        fill(setup, open_engine(setup), random_order(setup.seed, setup.entries), threads);
    if (setup.verify) {
        verify_live(setup, setup.entries);
    }
    return outcome;
}

Outcome fill_ascending(const Setup& setup) {
    std::vector<std::uint32_t> order(setup.entries);
    std::iota(order.begin(), order.end(), 0U);
    Outcome outcome = fill(setup, open_engine(setup), order, 1);
    if (setup.verify) {
        verify_live(setup, setup.entries);
    }
    return outcome;
}

/// Every key of a loaded store again, in another order.
Outcome overwrite(const Setup& setup) {
    Outcome outcome =
        fill(setup, open_loaded(setup), random_order(setup.seed + 1, setup.entries), 1);
    if (setup.verify) {
        verify_live(setup, setup.entries);
    }
    return outcome;
}

/// The keys of `fillrandom`, a thousand of them in one atomic write.
Outcome fill_batch(const Setup& setup) {
    constexpr std::uint64_t batch_entries = 1000;
    auto engine = open_engine(setup);
    const auto order = random_order(setup.seed, setup.entries);
    Values values{setup.seed, setup.value_size};
    std::vector<Key> keys(batch_entries, Key{0});
    std::vector<KeyValue> entries(batch_entries);
    Outcome outcome;
    outcome.digest = digest(order);
    const WriteCost cost;
    const Stopwatch watch;
    const std::uint64_t batches = (order.size() + batch_entries - 1) / batch_entries;
    outcome.timings = timed(
        setup.ticks_per_second, batches,
        [&](std::uint64_t batch) {
            const std::uint64_t first = batch * batch_entries;
            const std::uint64_t count = std::min(batch_entries, order.size() - first);
            for (std::uint64_t place = 0; place < count; ++place) {
                keys[place] = live_key(order[first + place]);
                entries[place] = {keys[place], values.next()};
            }
            engine->put_all({entries.data(), count});
        },
        batch_entries);
    outcome.seconds = watch.seconds();
    outcome.operations = order.size();
    cost.finish(std::move(engine), setup, order.size() * (key_bytes + setup.value_size), outcome);
    if (setup.verify) {
        verify_live(setup, setup.entries);
    }
    return outcome;
}

/// Synced puts of distinct keys in random order. The more threads, the fewer puts of each.
template <unsigned threads>
Outcome fill_sync(const Setup& setup) {
    constexpr std::uint64_t part = threads == 1 ? 1 : threads == 4 ? 2 : threads == 16 ? 4 : 8;
    const std::uint64_t count = std::max(std::uint64_t{1}, setup.sync_entries / part) * threads;
    Outcome outcome =
        fill(setup, open_engine(setup, true, threads), random_order(setup.seed, count), threads);
    if (setup.verify) {
        verify_live(setup, count);
    }
    return outcome;
}

/// `fillrandom` of ten times the entries, and how the rate of the last tenth relates to that of
/// the first.
Outcome growth(const Setup& setup) {
    constexpr unsigned parts = 10;
    const std::uint64_t entries = setup.entries * parts;
    auto engine = open_engine(setup);
    const auto order = random_order(setup.seed, entries);
    Values values{setup.seed, setup.value_size};
    Outcome outcome;
    outcome.digest = digest(order);
    std::vector<double> rates;
    Stopwatch part;
    const WriteCost cost;
    const Stopwatch watch;
    outcome.timings = timed(setup.ticks_per_second, entries, [&](std::uint64_t index) {
        engine->put(live_key(order[index]), values.next());
        if ((index + 1) % setup.entries == 0) {
            rates.push_back(static_cast<double>(setup.entries) / part.seconds());
            part = {};
        }
    });
    outcome.seconds = watch.seconds();
    outcome.operations = entries;
    for (std::size_t place = 0; place < rates.size(); ++place) {
        outcome.more.emplace_back(fmt::format("part_{}_per_s", place + 1), rates[place]);
    }
    outcome.more.emplace_back("last_over_first", rates.back() / rates.front());
    cost.finish(std::move(engine), setup, entries * (key_bytes + setup.value_size), outcome);
    if (setup.verify) {
        verify_live(setup, entries);
    }
    return outcome;
}

/// Leaves behind what other workloads begin with.
Outcome load_only(const Setup& setup) {
    auto engine = open_engine(setup);
    Outcome outcome;
    const WriteCost cost;
    const Stopwatch watch;
    load(setup, *engine);
    engine->compact();
    outcome.seconds = watch.seconds();
    outcome.operations = setup.entries;
    cost.finish(std::move(engine), setup, setup.entries * (key_bytes + setup.value_size), outcome);
    return outcome;
}

constexpr Workload list[] = {
    {"load", load_only},
    {"fillseq", fill_ascending},
    {"fillrandom", fill_random<1>},
    {"fillrandom2", fill_random<2>},
    {"fillrandom4", fill_random<4>},
    {"overwrite", overwrite, true},
    {"fillbatch", fill_batch},
    {"fillsync", fill_sync<1>},
    {"fillsync4", fill_sync<4>},
    {"fillsync16", fill_sync<16>},
    {"fillsync64", fill_sync<64>},
    {"growth", growth},
};

}  // namespace

std::span<const Workload> fill_workloads() { return list; }

}  // namespace strata::bench
