// SPDX-License-Identifier: Apache-2.0
// Workloads that only read, each after a pass that warms the caches.
#include "harness.hpp"

#include <unistd.h>

#include <algorithm>

namespace strata::bench {

namespace {

using Picks = std::vector<std::uint32_t>;
using MakePicks = Picks (*)(std::uint64_t seed, std::size_t count, std::uint64_t bound);

void finish(std::unique_ptr<Engine> engine, const Setup& setup, Outcome& outcome) {
    engine.reset();
    outcome.disk_bytes = disk_bytes(setup.engine.directory);
    outcome.peak_bytes = peak_memory_bytes();
}

/// Gets of live keys by several threads, of which each makes its own picks, half of them before
/// the clock starts.
Outcome read(const Setup& setup, std::unique_ptr<Engine> engine, unsigned threads,
             MakePicks make_picks) {
    Outcome outcome;
    std::vector<Picks> picks(threads);
    std::vector<std::unique_ptr<Reader>> readers(threads);
    const auto get = [&](unsigned thread, std::uint64_t place, std::uint64_t& sum) {
        get_live(*readers[thread], live_number(picks[thread][place]), setup.value_size, sum);
    };
    for (unsigned thread = 0; thread < threads; ++thread) {
        picks[thread] = make_picks(setup.seed + 1 + thread, 2 * setup.entries, setup.entries);
        outcome.digest = digest(picks[thread], outcome.digest);
        readers[thread] = engine->reader();
        std::uint64_t sum = 0;
        for (std::uint64_t place = 0; place < setup.entries; ++place) {
            get(thread, place, sum);
        }
    }
    const double cpu = cpu_seconds();
    run_threads(threads, outcome, [&](unsigned thread) {
        std::uint64_t sum = 0;
        return timed(setup.ticks_per_second, setup.entries,
                     [&](std::uint64_t index) { get(thread, setup.entries + index, sum); });
    });
    outcome.cpu_seconds = cpu_seconds() - cpu;
    readers.clear();
    finish(std::move(engine), setup, outcome);
    return outcome;
}

template <unsigned threads>
Outcome read_random(const Setup& setup) {
    return read(setup, open_loaded(setup), threads, uniform_picks);
}

Outcome read_zipf(const Setup& setup) { return read(setup, open_loaded(setup), 1, zipf_picks); }

/// Blocks come from the engine's cache of 8 MB or from the kernel's.
Outcome read_small_cache(const Setup& setup) {
    Setup small = setup;
    small.engine.cache_bytes = std::size_t{8} << 20;
    small.engine.in_place = true;
    // The memtable stays empty; what it might use is not to serve as a cache.
    small.engine.memtable_bytes = std::size_t{1} << 20;
    return read(small, open_loaded(small), 1, uniform_picks);
}

/// A store as filling and overwriting leave it, still open and perhaps still merging.
Outcome read_uncompacted(const Setup& setup) {
    auto engine = open_engine(setup);
    load(setup, *engine);
    Values values{setup.seed + 1, setup.value_size};
    for (const std::uint32_t index : random_order(setup.seed + 1, setup.entries)) {
        engine->put(live_key(index), values.next());
    }
    if (setup.kind->on_disk) {
        // The kernel's write-back is not part of the question.
        sync();
    }
    return read(setup, std::move(engine), 1, uniform_picks);
}

Outcome read_missing(const Setup& setup) {
    auto engine = open_loaded(setup);
    auto reader = engine->reader();
    const Picks picks = uniform_picks(setup.seed + 1, 2 * setup.entries, setup.entries);
    Outcome outcome;
    outcome.digest = digest(picks);
    for (std::uint64_t place = 0; place < setup.entries; ++place) {
        get_absent(*reader, absent_number(picks[place]));
    }
    const double cpu = cpu_seconds();
    run_threads(1, outcome, [&](unsigned /*thread*/) {
        return timed(setup.ticks_per_second, setup.entries, [&](std::uint64_t index) {
            get_absent(*reader, absent_number(picks[setup.entries + index]));
        });
    });
    outcome.cpu_seconds = cpu_seconds() - cpu;
    reader.reset();
    finish(std::move(engine), setup, outcome);
    return outcome;
}

/// Five walks over the whole store, after one that warms the caches.
template <bool reverse>
Outcome scan(const Setup& setup) {
    constexpr unsigned passes = 5;
    auto engine = open_loaded(setup);
    Outcome outcome;
    const auto walk = [&] {
        const ScanTotals totals = engine->scan(reverse);
        expect(totals.entries == setup.entries &&
                   totals.bytes == setup.entries * (key_bytes + setup.value_size),
               "entries or bytes of a scan");
        outcome.digest = tools::mix_bits(outcome.digest + totals.sum);
    };
    walk();
    const double cpu = cpu_seconds();
    const Stopwatch watch;
    for (unsigned pass = 0; pass < passes; ++pass) {
        walk();
    }
    outcome.seconds = watch.seconds();
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.operations = setup.entries * passes;
    finish(std::move(engine), setup, outcome);
    return outcome;
}

/// Seeks random live keys and reads the entry there and the `steps` next ones, every time in a
/// view of the newest state.
template <unsigned steps>
Outcome seek(const Setup& setup) {
    const std::uint64_t seeks = std::max(std::uint64_t{1}, setup.entries * 10 / (steps + 10));
    auto engine = open_loaded(setup);
    auto reader = engine->reader();
    const Picks picks = uniform_picks(setup.seed + 1, 2 * seeks, setup.entries);
    Outcome outcome;
    const auto walk = [&](std::uint64_t place) {
        const std::uint64_t index = picks[place];
        const ScanTotals totals = reader->walk(live_key(index), steps + 1);
        expect(totals.entries == std::min(steps + 1UL, setup.entries - index),
               "the number of entries from a key on");
        outcome.digest += totals.sum;
    };
    expect(engine->scan(false).entries == setup.entries, "entries of a scan");
    for (std::uint64_t place = 0; place < seeks; ++place) {
        walk(place);
    }
    const double cpu = cpu_seconds();
    run_threads(1, outcome, [&](unsigned /*thread*/) {
        return timed(setup.ticks_per_second, seeks,
                     [&](std::uint64_t index) { walk(seeks + index); });
    });
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.digest = digest(picks, outcome.digest);
    reader.reset();
    finish(std::move(engine), setup, outcome);
    return outcome;
}

constexpr Workload list[] = {
    {"readrandom", read_random<1>, true}, {"readrandom2", read_random<2>, true},
    {"readzipf", read_zipf, true},        {"readsmallcache", read_small_cache, true},
    {"readmissing", read_missing, true},  {"readuncompacted", read_uncompacted},
    {"scan", scan<false>, true},          {"scanreverse", scan<true>, true},
    {"seek10", seek<10>, true},           {"seek100", seek<100>, true},
};

}  // namespace

std::span<const Workload> read_workloads() { return list; }

}  // namespace strata::bench
