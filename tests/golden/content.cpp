// SPDX-License-Identifier: Apache-2.0
#include "golden/content.hpp"

#include "entry/operation.hpp"
#include "support/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::golden {
namespace {

constexpr std::uint64_t time_ms = 1'700'000'000'000;

Version put(std::size_t i, std::size_t generation) {
    return {.key = key_of(i), .kind = Kind::put, .value = value_of(i, generation)};
}

Version del(std::size_t i) { return {.key = key_of(i), .kind = Kind::del}; }

// One batch for each `size` keys of [from, to).
void add_puts(std::vector<Step>& steps, std::size_t from, std::size_t to, std::size_t generation) {
    constexpr std::size_t size = 10;
    for (std::size_t i = from; i < to; i += size) {
        Step step;
        for (std::size_t k = i; k < std::min(i + size, to); ++k) {
            step.operations.push_back(put(k, generation));
        }
        steps.push_back(std::move(step));
    }
}

void add_deletes(std::vector<Step>& steps, std::size_t from, std::size_t to, std::size_t stride) {
    for (std::size_t i = from; i < to; i += stride) {
        // The key comes and goes in one batch: the order inside counts.
        steps.push_back({.operations = {put(i, 9), del(i)}});
    }
}

GoldenStore tables_store(const std::string& name, Compression compression) {
    GoldenStore store{.name = name};
    store.options.compression = compression;
    store.options.block_size = 1024;
    add_puts(store.steps, 0, 200, 0);
    store.steps.push_back({.kind = Step::Kind::flush});
    add_puts(store.steps, 50, 120, 1);
    add_deletes(store.steps, 0, 200, 9);
    store.steps.push_back({.kind = Step::Kind::compact});
    add_puts(store.steps, 100, 140, 2);
    store.steps.push_back({.kind = Step::Kind::flush});
    add_deletes(store.steps, 3, 150, 11);
    store.steps.push_back({.kind = Step::Kind::flush});
    add_puts(store.steps, 190, 230, 3);
    return store;
}

}  // namespace

StoreId store_id() {
    StoreId id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        id.bytes[i] = static_cast<char>('A' + i);
    }
    return id;
}

std::string key_of(std::size_t i) {
    if (i % 7 == 3) {
        test::Random random{i};
        return random.bytes(1 + i % 13) + fmt::format("{:04}", i);
    }
    if (i % 11 == 5) {
        return fmt::format("long/{}/{:05}", std::string(200, 'k'), i);
    }
    return i % 5 == 4 ? fmt::format("schlüssel:{:05}", i) : fmt::format("key:{:05}", i);
}

std::string value_of(std::size_t i, std::size_t generation) {
    const std::size_t size = (i * 37 + generation * 11) % 150;
    if (i % 5 == 1) {
        test::Random random{i * 100 + generation};
        return random.bytes(size);
    }
    const std::string text = fmt::format("value {} of generation {}, ", i, generation);
    std::string value;
    while (value.size() < size) {
        value += text;
    }
    value.resize(size);
    return value;
}

TableBuilderOptions GoldenTable::options() const {
    TableBuilderOptions options;
    options.store_id = store_id();
    options.number = number;
    options.codec = codec;
    options.block_size = block_size;
    options.filter_bits = filter_bits;
    options.writer = "make_golden";
    options.created_ms = time_ms;
    options.salt = 0x0123456789abcdefU + number;
    return options;
}

std::vector<Version> GoldenTable::entries() const {
    std::vector<Version> entries;
    for (std::size_t i = 0; i < keys; ++i) {
        const std::size_t versions = i == 20 ? 40 : 1 + i % 3;
        for (std::size_t v = 0; v < versions; ++v) {
            Version version = (i + v) % 7 == 6 ? del(i) : put(i, v);
            version.sequence = 1 + 40 * i + v;
            if (version.kind == Kind::put && (i + v) % 4 == 1) {
                version.kind = Kind::put_expiring;
                version.expiry = time_ms + i;
            }
            entries.push_back(std::move(version));
        }
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

std::vector<GoldenTable> tables() {
    return {
        {.number = 1, .codec = Compression::none, .keys = 40},
        {.number = 2, .codec = Compression::lz4, .keys = 80},
        {.number = 3, .codec = Compression::zstd, .keys = 80},
        {.number = 4, .codec = Compression::zstd, .block_size = 256, .filter_bits = 0, .keys = 30},
        // Blocks of more than 64 KiB have wide offsets.
        {.number = 5, .codec = Compression::zstd, .block_size = 1 << 18, .keys = 380},
        {.number = 6, .codec = Compression::none, .block_size = 8192, .filter_bits = 14, .keys = 1},
    };
}

LogContent log_batch(std::size_t i) {
    LogContent batch;
    for (std::size_t k = 0; k <= i % 4; ++k) {
        Version version = (i + k) % 6 == 5 ? del(i + k) : put(i + k, i);
        if (version.kind == Kind::put && (i + k) % 9 == 2) {
            version.kind = Kind::put_expiring;
            version.expiry = time_ms + i;
        }
        append_operation(batch.encoded, version.entry());
        ++batch.operations;
    }
    return batch;
}

std::vector<Manifest> manifests() {
    Manifest empty;
    empty.store = store_id();
    empty.number = 1;
    empty.next_number = 2;
    empty.time_ms = time_ms;

    Manifest full = empty;
    full.number = 40;
    full.next_number = 60;
    full.last_sequence = 9'000;
    full.active = 42;
    full.active_key = 0x1122334455667788U;
    full.repaired = true;
    full.sealed = {
        {.number = 38, .key = 1, .length = 4096, .first_sequence = 9'001, .last_sequence = 9'100},
        {.number = 41, .key = 2, .length = 64, .first_sequence = 9'101, .last_sequence = 9'100}};
    const auto facts = [](std::uint64_t number, std::size_t from, std::size_t to) {
        TableFacts table;
        table.number = number;
        table.length = 4096 * number;
        table.footer_check = number * 0x9e3779b97f4a7c15U;
        table.file_check = ~table.footer_check;
        table.sequence_min = number * 100;
        table.sequence_max = number * 100 + 99;
        table.entries = 90;
        table.deletes = number % 3;
        table.raw_bytes = 12'345;
        table.tombstone_oldest_ms = time_ms - number;
        table.expiry_last = number % 2 == 0 ? time_ms + number : 0;
        table.key_min = fmt::format("key:{:05}", from);
        table.key_max = fmt::format("key:{:05}{}", to, std::string("\0\xff", 2));
        return table;
    };
    full.runs = {
        {.tier = 0, .tables = {facts(30, 0, 100)}},
        {.tier = 0, .tables = {facts(25, 10, 20)}},
        {.tier = 1, .tables = {facts(20, 0, 49), facts(21, 50, 99)}},
        {.tier = tier_last, .tables = {facts(5, 0, 10), facts(6, 11, 20), facts(7, 30, 99)}}};
    full.set_history_floor(777);
    full.properties.emplace_back("of.a.later.version", std::string("\x00\x01\x02", 3));
    return {empty, full};
}

std::size_t GoldenStore::surviving_steps() const {
    return end == End::torn ? steps.size() - 1 : steps.size();
}

std::map<std::string, std::string> GoldenStore::state() const {
    std::map<std::string, std::string> state;
    for (std::size_t i = 0; i < surviving_steps(); ++i) {
        for (const Version& operation : steps[i].operations) {
            if (operation.kind == Kind::del) {
                state.erase(operation.key);
            } else {
                state[operation.key] = operation.value;
            }
        }
    }
    return state;
}

Sequence GoldenStore::last_sequence() const {
    Sequence last = 0;
    for (std::size_t i = 0; i < surviving_steps(); ++i) {
        last += steps[i].operations.size();
    }
    return last;
}

std::vector<GoldenStore> stores() {
    GoldenStore empty{.name = "empty"};

    GoldenStore log_only{.name = "log-only"};
    add_puts(log_only.steps, 0, 60, 0);
    add_deletes(log_only.steps, 0, 60, 7);

    GoldenStore killed{.name = "killed", .end = GoldenStore::End::killed};
    add_puts(killed.steps, 0, 60, 0);
    killed.steps.push_back({.kind = Step::Kind::flush});
    add_puts(killed.steps, 30, 90, 1);
    add_deletes(killed.steps, 0, 90, 8);
    killed.steps.push_back({.kind = Step::Kind::write_unsynced, .operations = {put(500, 1)}});

    // Sealed segments that recovery has read and no flush has taken yet.
    GoldenStore recovered{.name = "recovered", .end = GoldenStore::End::killed};
    for (std::size_t round = 0; round < 3; ++round) {
        add_puts(recovered.steps, round * 20, round * 20 + 40, round);
        recovered.steps.push_back({.kind = Step::Kind::kill});
    }
    add_deletes(recovered.steps, 0, 60, 5);

    GoldenStore torn{.name = "torn", .end = GoldenStore::End::torn};
    add_puts(torn.steps, 0, 50, 0);
    torn.steps.push_back(
        {.kind = Step::Kind::write_unsynced, .operations = {put(600, 1), put(601, 1)}});
    torn.steps.push_back(
        {.kind = Step::Kind::write_unsynced, .operations = {put(602, 1), put(603, 1)}});

    return {empty,
            log_only,
            killed,
            recovered,
            torn,
            tables_store("tables-none", Compression::none),
            tables_store("tables-lz4", Compression::lz4),
            tables_store("tables-zstd", Compression::zstd)};
}

}  // namespace strata::golden
