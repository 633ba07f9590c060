// SPDX-License-Identifier: Apache-2.0
#include "workload.hpp"

#include "data.hpp"
#include "process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <memory>
#include <thread>

namespace strata::bench {

namespace {

/// Does operation(0) to operation(count - 1) and times each. One reading of the clock ends an
/// operation and starts the next, so a time includes choosing the key, which is the same few
/// nanoseconds for every engine.
template <typename Operation>
Histogram timed(std::uint64_t count, Operation operation) {
    Histogram latency;
    std::uint64_t last = ticks();
    for (std::uint64_t index = 0; index < count; ++index) {
        operation(index);
        const std::uint64_t now = ticks();
        latency.record(now - last);
        last = now;
    }
    return latency;
}

std::unique_ptr<Engine> open_engine(const Setup& setup, bool sync) {
    EngineOptions options = setup.engine;
    options.sync = sync;
    return setup.kind->open(options);
}

/// What a writing workload costs from an empty directory to a closed store.
class WriteCost {
  public:
    /// Closes the store and adds the cost to `outcome`.
    void finish(std::unique_ptr<Engine> engine, const Setup& setup, std::uint64_t user_bytes,
                Outcome& outcome) const {
        engine.reset();
        outcome.cpu_seconds = cpu_seconds() - cpu_seconds_;
        outcome.disk_bytes = disk_bytes(setup.engine.directory);
        outcome.bytes_written_per_user_byte =
            static_cast<double>(storage_bytes_written() - bytes_) / static_cast<double>(user_bytes);
    }

  private:
    double cpu_seconds_ = cpu_seconds();
    std::uint64_t bytes_ = storage_bytes_written();
};

constexpr std::size_t key_bytes = 16;

Outcome fill(const Setup& setup, const std::vector<std::uint32_t>& order) {
    auto engine = open_engine(setup, false);
    Values values{setup.seed, setup.value_size};
    Outcome outcome;
    const WriteCost cost;
    const Stopwatch watch;
    outcome.latency = timed(order.size(), [&](std::uint64_t index) {
        engine->put(live_key(order[index]), values.next());
    });
    outcome.seconds = watch.seconds();
    outcome.operations = order.size();
    cost.finish(std::move(engine), setup, order.size() * (key_bytes + setup.value_size), outcome);
    return outcome;
}

Outcome fill_random(const Setup& setup) {
    return fill(setup, random_order(setup.seed, setup.entries));
}

Outcome fill_ascending(const Setup& setup) {
    std::vector<std::uint32_t> order(setup.entries);
    std::iota(order.begin(), order.end(), 0U);
    return fill(setup, order);
}

/// Synced puts of all keys in random order by several threads, each its own part.
Outcome fill_sync(const Setup& setup, unsigned threads) {
    auto engine = open_engine(setup, true);
    const std::uint64_t share = threads == 1 ? setup.sync_entries : setup.sync_entries / 2;
    const auto order = random_order(setup.seed, share * threads);
    std::vector<Histogram> latencies(threads);
    std::barrier together{static_cast<std::ptrdiff_t>(threads) + 1};
    const auto work = [&](unsigned thread) {
        Values values{setup.seed + thread, setup.value_size};
        together.arrive_and_wait();
        latencies[thread] = timed(share, [&](std::uint64_t index) {
            engine->put(live_key(order[thread * share + index]), values.next());
        });
    };
    std::vector<std::thread> running;
    for (unsigned thread = 0; thread < threads; ++thread) {
        running.emplace_back(work, thread);
    }
    Outcome outcome;
    const WriteCost cost;
    together.arrive_and_wait();
    const Stopwatch watch;
    for (std::thread& thread : running) {
        thread.join();
    }
    outcome.seconds = watch.seconds();
    outcome.operations = order.size();
    for (const Histogram& latency : latencies) {
        outcome.latency.merge(latency);
    }
    cost.finish(std::move(engine), setup, order.size() * (key_bytes + setup.value_size), outcome);
    return outcome;
}

Outcome fill_sync_1(const Setup& setup) { return fill_sync(setup, 1); }
Outcome fill_sync_16(const Setup& setup) { return fill_sync(setup, 16); }

/// A store that holds every live key, written in random order and compacted. Another process
/// writes it when it can, so that this one's memory and caches hold nothing of that.
std::unique_ptr<Engine> open_loaded(const Setup& setup) {
    const auto load = [&] {
        auto engine = open_engine(setup, false);
        Values values{setup.seed, setup.value_size};
        for (const std::uint32_t index : random_order(setup.seed, setup.entries)) {
            engine->put(live_key(index), values.next());
        }
        engine->compact();
        return engine;
    };
    if (!setup.kind->on_disk) {
        return load();
    }
    run_in_child([&] { load(); });
    return open_engine(setup, false);
}

void expect(bool holds, std::string_view what) {
    if (!holds) {
        fail("wrong answer", what);
    }
}

void get_live(Reader& reader, std::uint64_t index, std::size_t value_size, std::uint64_t& sum) {
    const auto value = reader.get(live_key(index));
    expect(value && value->size() == value_size, "a live key's value");
    sum += consume(*value);
}

void get_absent(Reader& reader, std::uint64_t index) {
    expect(!reader.get(absent_key(index)), "a value for an absent key");
}

/// Random gets of keys that are all there, or all absent, after a pass that warms the caches.
Outcome read(const Setup& setup, bool absent) {
    auto engine = open_loaded(setup);
    auto reader = engine->reader();
    Random random{setup.seed + 1};
    std::uint64_t sum = 0;
    const auto get = [&](std::uint64_t) {
        const std::uint64_t index = random.below(setup.entries);
        if (absent) {
            get_absent(*reader, index);
        } else {
            get_live(*reader, index, setup.value_size, sum);
        }
    };
    timed(setup.entries, get);
    Outcome outcome;
    const double cpu = cpu_seconds();
    const Stopwatch watch;
    outcome.latency = timed(setup.entries, get);
    outcome.seconds = watch.seconds();
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.operations = setup.entries;
    reader.reset();
    engine.reset();
    outcome.disk_bytes = disk_bytes(setup.engine.directory);
    return outcome;
}

Outcome read_random(const Setup& setup) { return read(setup, false); }
Outcome read_missing(const Setup& setup) { return read(setup, true); }

/// Five walks over the whole store, after one that warms the caches.
Outcome scan(const Setup& setup, bool reverse) {
    constexpr unsigned passes = 5;
    auto engine = open_loaded(setup);
    const auto walk = [&] {
        const ScanTotals totals = engine->scan(reverse);
        expect(totals.entries == setup.entries &&
                   totals.bytes == setup.entries * (key_bytes + setup.value_size),
               "entries or bytes of a scan");
    };
    walk();
    Outcome outcome;
    const double cpu = cpu_seconds();
    const Stopwatch watch;
    for (unsigned pass = 0; pass < passes; ++pass) {
        walk();
    }
    outcome.seconds = watch.seconds();
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.operations = setup.entries * passes;
    engine.reset();
    outcome.disk_bytes = disk_bytes(setup.engine.directory);
    return outcome;
}

Outcome scan_forward(const Setup& setup) { return scan(setup, false); }
Outcome scan_reverse(const Setup& setup) { return scan(setup, true); }

/// One thread reads a loaded store while another overwrites random keys without pause. The
/// operations counted are the reads.
Outcome read_while_writing(const Setup& setup) {
    auto engine = open_loaded(setup);
    auto reader = engine->reader();
    std::atomic<bool> stop{false};
    std::uint64_t writes = 0;
    Outcome outcome;
    const double cpu = cpu_seconds();
    const Stopwatch watch;
    std::thread writer{[&] {
        Values values{setup.seed + 2, setup.value_size};
        Random random{setup.seed + 2};
        while (!stop.load(std::memory_order_relaxed)) {
            engine->put(live_key(random.below(setup.entries)), values.next());
            ++writes;
        }
    }};
    Random random{setup.seed + 1};
    std::uint64_t sum = 0;
    outcome.latency = timed(setup.entries, [&](std::uint64_t) {
        get_live(*reader, random.below(setup.entries), setup.value_size, sum);
    });
    outcome.seconds = watch.seconds();
    stop = true;
    writer.join();
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.operations = setup.entries;
    outcome.more = {{"writes_per_s", static_cast<double>(writes) / outcome.seconds}};
    reader.reset();
    engine.reset();
    outcome.disk_bytes = disk_bytes(setup.engine.directory);
    return outcome;
}

/// The published workload with values of 8 KB: inserts, overwrites and deletes, every one synced,
/// then disk use and reads, compaction, and both again. It is known that the published deletes
/// left every inserted key alive, so here they go to the keys between.
class PublishedWorkload {
  public:
    explicit PublishedWorkload(const Setup& setup)
        : setup_{setup},
          inserts_{scaled(50'000)},
          overwrites_{scaled(200'000)},
          deletes_{scaled(80'000)},
          engine_{open_engine(setup, true)} {}

    Outcome run() {
        const WriteCost cost;
        const Stopwatch total;
        write("insert_s", inserts_, [&](std::uint64_t index) { put(index); });
        write("overwrite_s", overwrites_, [&](std::uint64_t) { put(random_.below(inserts_)); });
        write("delete_s", deletes_,
              [&](std::uint64_t) { engine_->del(absent_key(random_.below(inserts_))); });
        outcome_.seconds = total.seconds();
        outcome_.operations = inserts_ + overwrites_ + deletes_;
        look("before");
        const Stopwatch compaction;
        engine_->compact();
        more("compact_s", compaction.seconds());
        look("after");
        const std::uint64_t puts = inserts_ + overwrites_;
        cost.finish(std::move(engine_), setup_, puts * (key_bytes + value_bytes), outcome_);
        return std::move(outcome_);
    }

  private:
    static constexpr std::size_t value_bytes = 8192;
    static constexpr std::uint64_t gets = 10'000;

    [[nodiscard]] std::uint64_t scaled(double count) const {
        return std::max(std::uint64_t{1}, static_cast<std::uint64_t>(count * setup_.scale));
    }

    void more(std::string name, double value) {
        outcome_.more.emplace_back(std::move(name), value);
    }

    void put(std::uint64_t index) { engine_->put(live_key(index), values_.next()); }

    template <typename Operation>
    void write(const char* name, std::uint64_t count, Operation operation) {
        const Stopwatch watch;
        outcome_.latency.merge(timed(count, operation));
        more(name, watch.seconds());
    }

    /// Disk use, and the mean time of a get of keys that are there and of keys that are not.
    void look(std::string_view when) {
        more(fmt::format("disk_{}_mb", when),
             static_cast<double>(disk_bytes(setup_.engine.directory)) / 1e6);
        const auto reader = engine_->reader();
        std::uint64_t sum = 0;
        const Stopwatch present;
        for (std::uint64_t done = 0; done < gets; ++done) {
            get_live(*reader, random_.below(inserts_), value_bytes, sum);
        }
        more(fmt::format("get_{}_us", when), present.seconds() * 1e6 / gets);
        const Stopwatch missing;
        for (std::uint64_t done = 0; done < gets; ++done) {
            get_absent(*reader, random_.below(inserts_));
        }
        more(fmt::format("miss_{}_us", when), missing.seconds() * 1e6 / gets);
    }

    const Setup& setup_;
    std::uint64_t inserts_;
    std::uint64_t overwrites_;
    std::uint64_t deletes_;
    std::unique_ptr<Engine> engine_;
    Random random_{setup_.seed};
    Values values_{setup_.seed, value_bytes};
    Outcome outcome_;
};

Outcome published(const Setup& setup) { return PublishedWorkload{setup}.run(); }

constexpr Workload all_workloads[] = {
    {"fillrandom", fill_random},
    {"fillseq", fill_ascending},
    {"fillsync", fill_sync_1},
    {"fillsync16", fill_sync_16},
    {"readrandom", read_random},
    {"readmissing", read_missing},
    {"scan", scan_forward},
    {"scanreverse", scan_reverse},
    {"readwhilewriting", read_while_writing},
    {"stratakv", published},
};

}  // namespace

std::span<const Workload> workloads() { return all_workloads; }

}  // namespace strata::bench
