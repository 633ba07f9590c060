// SPDX-License-Identifier: Apache-2.0
#include "harness.hpp"

#include <filesystem>
#include <system_error>

namespace strata::bench {

std::unique_ptr<Engine> open_engine(const Setup& setup, bool sync, unsigned writers) {
    EngineOptions options = setup.engine;
    options.sync = sync;
    options.writers = writers;
    return setup.kind->open(options);
}

void load(const Setup& setup, Engine& engine) {
    Values values{setup.seed, setup.value_size};
    for (const std::uint32_t index : random_order(setup.seed, setup.entries)) {
        engine.put(live_key(index), values.next());
    }
}

std::unique_ptr<Engine> open_loaded(const Setup& setup) {
    const auto fill = [&] {
        auto engine = open_engine(setup);
        load(setup, *engine);
        engine->compact();
        return engine;
    };
    if (!setup.kind->on_disk) {
        return fill();
    }
    std::error_code error;
    if (std::filesystem::is_empty(setup.engine.directory, error)) {
        run_in_child([&] { fill(); });
    }
    return open_engine(setup);
}

void WriteCost::finish(std::unique_ptr<Engine> engine, const Setup& setup, std::uint64_t user_bytes,
                       Outcome& outcome) const {
    engine.reset();
    outcome.cpu_seconds = cpu_seconds() - cpu_seconds_;
    outcome.disk_bytes = disk_bytes(setup.engine.directory);
    outcome.peak_bytes = peak_memory_bytes();
    if (user_bytes > 0) {
        outcome.bytes_written_per_user_byte =
            static_cast<double>(storage_bytes_written() - bytes_) / static_cast<double>(user_bytes);
    }
}

void expect(bool holds, std::string_view what) {
    if (!holds) {
        fail("wrong answer", what);
    }
}

void get_live(Reader& reader, std::uint64_t number, std::size_t value_size, std::uint64_t& sum) {
    const auto value = reader.get(Key{number});
    expect(value && value->size() == value_size, "a live key's value");
    sum += consume(*value);
}

void get_absent(Reader& reader, std::uint64_t number) {
    expect(!reader.get(Key{number}), "a value for an absent key");
}

void verify_live(const Setup& setup, std::uint64_t entries) {
    if (!setup.kind->on_disk) {
        return;
    }
    const auto engine = open_engine(setup);
    const ScanTotals totals = engine->scan(false);
    expect(totals.entries == entries, "the number of entries after a fill");
    expect(totals.bytes == entries * (key_bytes + setup.value_size), "their bytes");
    const auto reader = engine->reader();
    std::uint64_t sum = 0;
    for (const std::uint32_t index : uniform_picks(setup.seed, 1000, entries)) {
        get_live(*reader, live_number(index), setup.value_size, sum);
        get_absent(*reader, absent_number(index));
    }
}

std::uint64_t digest(std::span<const std::uint32_t> numbers, std::uint64_t before) {
    for (const std::uint32_t number : numbers) {
        before = tools::mix_bits(before + number + 1);
    }
    return before;
}

}  // namespace strata::bench
