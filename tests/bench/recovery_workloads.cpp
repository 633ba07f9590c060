// SPDX-License-Identifier: Apache-2.0
// Opening a store whose owner was killed.
#include "harness.hpp"

namespace strata::bench {

namespace {

/// Puts of so many bytes of keys and values by a process that then kills itself, and the time from
/// opening to the first answer. The log is as long as the engine lets it grow before it flushes;
/// `log_mb` says how long that is.
Outcome recover(const Setup& setup, std::uint64_t user_bytes) {
    Setup ample = setup;
    // Nothing is flushed before the end, unless the engine has a limit of its own.
    ample.engine.memtable_bytes = std::size_t{512} << 20;
    ample.engine.cache_bytes = std::size_t{64} << 20;
    const std::uint64_t entries = user_bytes / (key_bytes + setup.value_size);
    ample.entries = entries > 0 ? entries : 1;
    run_killed_child([&] {
        auto engine = open_engine(ample);
        load(ample, *engine);
        // The kill must find the store as it is now.
        return engine;
    });
    Outcome outcome;
    const double log_bytes =
        static_cast<double>(setup.kind->log_suffix[0] == '\0'
                                ? 0
                                : file_bytes(setup.engine.directory, setup.kind->log_suffix));
    const double cpu = cpu_seconds();
    const Stopwatch watch;
    auto engine = open_engine(ample);
    const double open_seconds = watch.seconds();
    auto reader = engine->reader();
    std::uint64_t sum = 0;
    get_live(*reader, live_number(ample.entries / 2), setup.value_size, sum);
    outcome.seconds = watch.seconds();
    outcome.cpu_seconds = cpu_seconds() - cpu;
    outcome.operations = ample.entries;
    outcome.more = {{"open_ms", open_seconds * 1e3},
                    {"first_get_ms", (outcome.seconds - open_seconds) * 1e3},
                    {"log_mb", log_bytes / 1e6}};
    reader.reset();
    const ScanTotals totals = engine->scan(false);
    expect(totals.entries == ample.entries, "the number of entries after a kill");
    outcome.digest = totals.sum;
    engine.reset();
    outcome.disk_bytes = disk_bytes(setup.engine.directory);
    outcome.peak_bytes = peak_memory_bytes();
    return outcome;
}

/// As much as the default number of entries stands for, and in proportion with any other number.
template <unsigned megabytes>
Outcome recover_log(const Setup& setup) {
    constexpr std::uint64_t default_entries = 1'000'000;
    return recover(setup, (std::uint64_t{megabytes} << 20) * setup.entries / default_entries);
}

constexpr Workload list[] = {
    {"recover64", recover_log<64>},
    {"recover256", recover_log<256>},
};

}  // namespace

std::span<const Workload> recovery_workloads() { return list; }

}  // namespace strata::bench
