// SPDX-License-Identifier: Apache-2.0
// Proves that the workloads do what their names say, and the same each time, by running them
// against a map that counts what is done to it; and that an engine that answers wrongly ends its
// process instead of getting a figure.
#include "harness.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace strata::bench {

// As that of the program, which comes with all of its engines.
void fail(std::string_view what, std::string_view why) {
    std::fprintf(stderr, "%s: %s\n", std::string{what}.c_str(), std::string{why}.c_str());
    std::_Exit(1);
}

namespace {

enum class Fault : std::uint8_t { none, loses_a_key, shortens_a_value, knows_absent_keys };

/// What was done to an engine.
struct Ledger {
    std::map<std::string, unsigned, std::less<>> puts;  ///< times by key
    std::map<std::string, unsigned, std::less<>> gets;
    std::map<std::thread::id, unsigned> putting_threads;  ///< puts by thread
    std::set<std::thread::id> getting_threads;
    std::vector<std::size_t> batches;
    unsigned walks = 0;
    unsigned compactions = 0;
    bool sync = false;
    Fault fault = Fault::none;

    [[nodiscard]] unsigned total(bool of_gets) const {
        unsigned sum = 0;
        for (const auto& [key, times] : of_gets ? gets : puts) {
            sum += times;
        }
        return sum;
    }
};

Ledger& ledger() {
    static Ledger kept;
    return kept;
}

class MapEngine;

class MapReader : public Reader {
  public:
    explicit MapReader(MapEngine& engine) : engine_{engine} {}
    std::optional<std::string_view> get(std::string_view key) override;
    ScanTotals walk(std::string_view from, std::uint64_t entries) override;

  private:
    MapEngine& engine_;
    std::string value_;
};

class MapEngine : public Engine {
  public:
    explicit MapEngine(const EngineOptions& options) { ledger().sync = options.sync; }

    void put(std::string_view key, std::string_view value) override {
        const std::scoped_lock lock{mutex_};
        store(key, value);
        ++ledger().putting_threads[std::this_thread::get_id()];
    }

    void put_all(std::span<const KeyValue> entries) override {
        const std::scoped_lock lock{mutex_};
        ledger().batches.push_back(entries.size());
        for (const KeyValue& entry : entries) {
            store(entry.key, entry.value);
        }
    }

    void del(std::string_view key) override {
        const std::scoped_lock lock{mutex_};
        entries_.erase(std::string{key});
    }

    std::unique_ptr<Reader> reader() override { return std::make_unique<MapReader>(*this); }

    ScanTotals scan(bool reverse) override {
        ScanTotals totals;
        if (reverse) {
            for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
                totals.add(entry->first, entry->second);
            }
        } else {
            for (const auto& [key, value] : entries_) {
                totals.add(key, value);
            }
        }
        return totals;
    }

    void compact() override { ++ledger().compactions; }

  private:
    friend class MapReader;

    void store(std::string_view key, std::string_view value) {
        ++ledger().puts[std::string{key}];
        if (ledger().fault == Fault::loses_a_key && key == live_key(7)) {
            return;
        }
        entries_[std::string{key}] = value;
    }

    std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> entries_;
};

std::optional<std::string_view> MapReader::get(std::string_view key) {
    const std::scoped_lock lock{engine_.mutex_};
    ++ledger().gets[std::string{key}];
    ledger().getting_threads.insert(std::this_thread::get_id());
    const auto found = engine_.entries_.find(key);
    if (found == engine_.entries_.end()) {
        return ledger().fault == Fault::knows_absent_keys ? std::optional{std::string_view{"x"}}
                                                          : std::nullopt;
    }
    value_ = found->second;
    if (ledger().fault == Fault::shortens_a_value && key == live_key(7)) {
        value_.pop_back();
    }
    return value_;
}

ScanTotals MapReader::walk(std::string_view from, std::uint64_t entries) {
    const std::scoped_lock lock{engine_.mutex_};
    ++ledger().walks;
    ScanTotals totals;
    for (auto entry = engine_.entries_.lower_bound(from);
         entry != engine_.entries_.end() && totals.entries < entries; ++entry) {
        totals.add(entry->first, entry->second);
    }
    return totals;
}

const EngineKind& map_kind() {
    static const EngineKind kind{"map", "1", false, "",
                                 [](const EngineOptions& options) -> std::unique_ptr<Engine> {
                                     return std::make_unique<MapEngine>(options);
                                 }};
    return kind;
}

constexpr std::uint64_t entries = 2500;

Outcome run(std::string_view name, std::uint64_t seed = 42) {
    const Fault fault = ledger().fault;
    ledger() = {};
    ledger().fault = fault;
    Setup setup;
    setup.kind = &map_kind();
    setup.engine.directory = "/nonexistent";
    setup.seed = seed;
    setup.entries = entries;
    setup.sync_entries = 80;
    setup.scale = 0.001;
    setup.ticks_per_second = ticks_per_second();
    for (const Workload& workload : workloads()) {
        if (workload.name == name) {
            return workload.run(setup);
        }
    }
    FAIL("no workload of that name");
    return {};
}

/// Whether a workload refuses an engine with this fault: the process that runs it ends with 1.
bool refuses(std::string_view name, Fault fault) {
    const pid_t child = fork();
    if (child == 0) {
        // Why it ends is of interest only where nobody expects it.
        close(STDERR_FILENO);
        ledger().fault = fault;
        run(name);
        std::_Exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/// Live keys 0 to count - 1, each `times` times, and no others.
void check_each_live_key(std::uint64_t count, unsigned times) {
    CHECK(ledger().puts.size() == count);
    for (std::uint64_t index = 0; index < count; ++index) {
        const auto found = ledger().puts.find(std::string_view{live_key(index)});
        CAPTURE(index);
        REQUIRE(found != ledger().puts.end());
        CHECK(found->second == times);
    }
}

double share(std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// A workload that several threads carry out.
struct Threaded {
    const char* name;
    unsigned threads;
    unsigned each = 0;  ///< synced puts of one thread
};

}  // namespace

TEST_CASE("each thread of a fill puts its own keys, all together every key once") {
    const std::uint64_t one = run("fillrandom").digest;
    for (const Threaded& row : {Threaded{"fillseq", 1}, Threaded{"fillrandom", 1},
                                Threaded{"fillrandom2", 2}, Threaded{"fillrandom4", 4}}) {
        CAPTURE(std::string{row.name});
        const Outcome outcome = run(row.name);
        check_each_live_key(entries, 1);
        CHECK(outcome.operations == entries);
        CHECK(ledger().putting_threads.size() == row.threads);
        for (const auto& [thread, puts] : ledger().putting_threads) {
            CHECK(puts == entries / row.threads);
        }
        CHECK_FALSE(ledger().sync);
        CHECK((outcome.digest == one) == (row.name != std::string_view{"fillseq"}));
    }
}

TEST_CASE("synced fills are synced, and their threads have the same number of puts") {
    for (const Threaded& row : {Threaded{"fillsync", 1, 80}, Threaded{"fillsync4", 4, 40},
                                Threaded{"fillsync16", 16, 20}, Threaded{"fillsync64", 64, 10}}) {
        CAPTURE(std::string{row.name});
        const Outcome outcome = run(row.name);
        const std::uint64_t puts = std::uint64_t{row.threads} * row.each;
        check_each_live_key(puts, 1);
        CHECK(outcome.operations == puts);
        CHECK(outcome.timings.latency.total() == puts);
        CHECK(ledger().putting_threads.size() == row.threads);
        CHECK(ledger().sync);
    }
}

TEST_CASE("a batch has a thousand keys, the last one the rest") {
    const Outcome outcome = run("fillbatch");
    CHECK(ledger().batches == std::vector<std::size_t>{1000, 1000, 500});
    CHECK(outcome.operations == entries);
    check_each_live_key(entries, 1);
}

TEST_CASE("an overwrite meets every key of a compacted store once") {
    run("overwrite");
    CHECK(ledger().compactions == 1);
    check_each_live_key(entries, 2);
}

TEST_CASE("growth writes ten times the entries and compares the first tenth with the last") {
    const Outcome outcome = run("growth");
    check_each_live_key(10 * entries, 1);
    REQUIRE(outcome.more.size() == 11);
    const double change = outcome.more[9].second / outcome.more[0].second;
    CHECK(outcome.more.back().first == "last_over_first");
    CHECK(outcome.more.back().second == doctest::Approx(change));
}

TEST_CASE("reads ask for live keys of a compacted store, after a pass that is not timed") {
    for (const Threaded& row : {Threaded{"readrandom", 1}, Threaded{"readrandom2", 2},
                                Threaded{"readzipf", 1}, Threaded{"readsmallcache", 1}}) {
        CAPTURE(std::string{row.name});
        const Outcome outcome = run(row.name);
        check_each_live_key(entries, 1);
        CHECK(ledger().compactions == 1);
        CHECK(outcome.operations == row.threads * entries);
        CHECK(ledger().total(true) == 2 * row.threads * entries);
        // The passes before are made by the thread that the others are started by.
        CHECK(ledger().getting_threads.size() == row.threads + 1);
        for (const auto& [key, times] : ledger().gets) {
            CHECK(ledger().puts.contains(key));
        }
    }
}

TEST_CASE("two threads read different keys") {
    run("readrandom2");
    // The same ones would have been read an even number of times.
    CHECK(std::any_of(ledger().gets.begin(), ledger().gets.end(),
                      [](const auto& item) { return item.second % 2 == 1; }));
}

TEST_CASE("popular keys are as popular as Zipf's law says") {
    run("readzipf");
    std::vector<unsigned> times;
    for (const auto& [key, count] : ledger().gets) {
        times.push_back(count);
    }
    std::sort(times.rbegin(), times.rend());
    // 1 over the sum of r^-0.99 for ranks up to 2500 is 0.117; half of that for the second.
    CHECK(share(times[0], 2 * entries) > 0.10);
    CHECK(share(times[0], 2 * entries) < 0.14);
    CHECK(share(times[1], 2 * entries) > 0.045);
    CHECK(share(times[1], 2 * entries) < 0.075);
}

TEST_CASE("missing keys lie between the live ones") {
    run("readmissing");
    for (const auto& [key, times] : ledger().gets) {
        CHECK_FALSE(ledger().puts.contains(key));
        CHECK(std::string_view{key} < std::string_view{live_key(entries)});
    }
}

TEST_CASE("an uncompacted store has had every key twice and is not compacted") {
    run("readuncompacted");
    check_each_live_key(entries, 2);
    CHECK(ledger().compactions == 0);
    CHECK(ledger().total(true) == 2 * entries);
}

TEST_CASE("seeks walk once each") {
    CHECK(run("seek10").operations == entries / 2);
    CHECK(ledger().walks == entries);
    CHECK(run("seek100").operations == entries / 11);
}

TEST_CASE("a writer overwrites live keys beside the reader") {
    const Outcome outcome = run("readwhilewriting");
    CHECK(outcome.operations == entries);
    CHECK(ledger().puts.size() == entries);
    REQUIRE(outcome.more.size() == 1);
    CHECK(outcome.more[0].first == "writes_per_s");
}

TEST_CASE("the mixes of YCSB have their shares") {
    struct Expected {
        const char* name;
        double puts;
        double gets;
        double walks;
        bool inserts;
    };
    for (const Expected& expected : {Expected{"ycsba", 0.5, 0.5, 0, false},
                                     {"ycsbb", 0.05, 0.95, 0, false},
                                     {"ycsbc", 0, 1, 0, false},
                                     {"ycsbd", 0.05, 0.95, 0, true},
                                     {"ycsbe", 0.05, 0, 0.95, true},
                                     {"ycsbf", 0.5, 1, 0, false}}) {
        CAPTURE(std::string{expected.name});
        const Outcome outcome = run(expected.name);
        // Loading put every key once, and warming got every key once.
        const std::uint64_t puts = ledger().total(false) - entries;
        const std::uint64_t gets = ledger().total(true) - entries;
        CHECK(share(puts, outcome.operations) == doctest::Approx(expected.puts).epsilon(0.05));
        CHECK(share(gets, outcome.operations) == doctest::Approx(expected.gets).epsilon(0.05));
        CHECK(share(ledger().walks, outcome.operations) ==
              doctest::Approx(expected.walks).epsilon(0.05));
        CHECK(ledger().puts.size() == entries + (expected.inserts ? puts : 0));
    }
}

TEST_CASE("the published workload leaves the keys that it inserted") {
    const Outcome outcome = run("stratakv");
    CHECK(ledger().puts.size() == 50);
    CHECK(ledger().total(false) == 50 + 200);
    CHECK(outcome.operations == 50 + 200 + 80);
    CHECK(ledger().compactions == 1);
    CHECK(ledger().sync);
}

TEST_CASE("a seed gives the same keys again, another seed others") {
    for (const char* name : {"fillrandom", "fillbatch", "overwrite", "readrandom", "readrandom2",
                             "readzipf", "readmissing", "readuncompacted", "scan", "seek10",
                             "readwhilewriting", "ycsba", "ycsbd", "ycsbe", "ycsbf", "stratakv"}) {
        CAPTURE(std::string{name});
        const std::uint64_t first = run(name).digest;
        CHECK(run(name).digest == first);
        CHECK(run(name, 43).digest != first);
    }
}

TEST_CASE("an engine that answers wrongly gets no figure") {
    for (const char* name : {"readrandom", "scan", "scanreverse", "seek10", "seek100", "ycsba",
                             "ycsbc", "ycsbe", "stratakv"}) {
        CAPTURE(std::string{name});
        CHECK_FALSE(refuses(name, Fault::none));
        CHECK(refuses(name, Fault::loses_a_key));
    }
    CHECK(refuses("readrandom", Fault::shortens_a_value));
    CHECK(refuses("ycsba", Fault::shortens_a_value));
    CHECK(refuses("readmissing", Fault::knows_absent_keys));
    CHECK(refuses("stratakv", Fault::knows_absent_keys));
}

TEST_CASE("the worst second is the lowest of the whole ones") {
    Timings timings;
    timings.per_second = {50, 20, 70};
    CHECK_FALSE(timings.worst_second());
    timings.per_second = {50, 20, 70, 3};
    CHECK(timings.worst_second() == 20);
    Timings other;
    other.per_second = {10, 60, 10, 30, 5};
    timings.merge(other);
    CHECK(timings.per_second == std::vector<std::uint64_t>{60, 80, 80, 33, 5});
    CHECK(timings.worst_second() == 33);
}

TEST_CASE("operations are counted in the second in which they end") {
    // A short second, in which no operation ends that began in it.
    constexpr std::uint64_t second = std::uint64_t{1} << 20U;
    const auto take_a_second = [](std::uint64_t /*index*/) {
        const std::uint64_t end = ticks() + second;
        while (ticks() < end) {
        }
    };
    const Timings timings = timed(second, 5, take_a_second, 1000);
    std::uint64_t sum = 0;
    for (const std::uint64_t count : timings.per_second) {
        CHECK((count == 0 || count == 1000));
        sum += count;
    }
    CHECK(sum == 5000);
    CHECK(timings.latency.total() == 5);
}

}  // namespace strata::bench
