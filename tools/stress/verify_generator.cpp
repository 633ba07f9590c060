// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_generator.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace strata::tools {
namespace {

// Each a handful, so that a replay can name them all.
constexpr std::size_t snapshots_max = 4;

}  // namespace

OperationGenerator::OperationGenerator(GeneratorSpec spec)
    : spec_{std::move(spec)}, dice_{spec_.seed} {
    keys_.reserve(spec_.keys);
    while (keys_.size() < spec_.keys) {
        keys_.push_back(make_key());
    }
}

// Keys that are hard to keep apart: prefixes of each other, runs of the least and the greatest
// byte, long ones that differ at their end, and random ones.
std::string OperationGenerator::make_key() {
    std::string key = spec_.slice;
    switch (dice_.below(8)) {
        case 0:
            return key.append(dice_.between(1, 12), 'p');
        case 1:
            return key.append(dice_.between(1, 9), '\xff');
        case 2:
            return key.append(dice_.between(1, 9), '\0');
        case 3:
            return key.append("p").append(dice_.below(4), '\xff').append(dice_.below(3), '\0');
        case 4: {
            const std::size_t size =
                dice_.one_in(50) ? key_size_max - 2 - key.size() : spec_.block_size;
            return key.append(std::min<std::size_t>(size, key_size_max - 2 - key.size()), 'L') +
                   dice_.letters(2);
        }
        case 5:
            return key + dice_.bytes(dice_.between(1, 20));
        default:
            return key + "user" + std::to_string(dice_.below(spec_.keys));
    }
}

std::string OperationGenerator::make_value() {
    switch (dice_.below(8)) {
        case 0:
            return {};
        case 1:
            return dice_.bytes(dice_.below(64));
        case 2:
            return std::string(dice_.below(2 * spec_.block_size), 'v');
        case 3:
            return dice_.bytes(dice_.one_in(80) ? 100'000 : dice_.below(spec_.block_size));
        default:
            return dice_.letters(dice_.below(24));
    }
}

std::string OperationGenerator::any_key() { return dice_.one_in(4) ? make_key() : key(); }

SyncMode OperationGenerator::sync_mode() {
    if (spec_.sync) {
        return *spec_.sync;
    }
    // A sync costs as much as a hundred other writes.
    const std::uint64_t chance = dice_.below(20);
    if (chance == 0) {
        return SyncMode::sync();
    }
    return chance < 5 ? SyncMode::every(std::chrono::milliseconds{5}) : SyncMode::none();
}

Operation OperationGenerator::next() {
    Operation operation;
    const std::uint64_t chance = dice_.below(1000);
    if (chance < 520) {
        write(operation);
    } else if (chance < 590) {
        conditional_write(operation);
    } else if (chance < 780) {
        get(operation);
    } else if (chance < 880) {
        scan(operation);
    } else if (chance < 940) {
        snapshot(operation);
    } else {
        rare(operation);
    }
    return operation;
}

void OperationGenerator::write(Operation& operation) {
    operation.kind = Operation::Kind::write;
    operation.sync = sync_mode();
    const std::uint64_t chance = dice_.below(50);
    std::uint64_t count = chance < 40 ? 1 : dice_.between(1, chance == 49 ? 60 : 6);
    for (; count > 0; --count) {
        Change change{.key = key()};
        if (!dice_.one_in(4)) {
            change.value = make_value();
        }
        operation.changes.push_back(std::move(change));
    }
}

void OperationGenerator::conditional_write(Operation& operation) {
    operation.kind = Operation::Kind::write;
    operation.sync = sync_mode();
    for (std::uint64_t count = dice_.between(1, 2); count > 0; --count) {
        operation.changes.push_back({.key = key(), .value = make_value()});
    }
    // Most conditions are of keys that are written, as strata-cli knows them.
    const bool any = dice_.one_in(8);
    for (const Change& change : operation.changes) {
        const std::uint64_t tests = any ? 6 : 5;
        operation.guards.push_back({.key = any ? key() : change.key,
                                    .test = static_cast<Guard::Test>(dice_.below(tests))});
    }
}

void OperationGenerator::choose_view(Operation& operation) {
    if (!held_.empty() && dice_.one_in(3)) {
        operation.snapshot = held_[dice_.below(held_.size())];
    } else if (dice_.one_in(12)) {
        operation.back = dice_.below(dice_.one_in(4) ? 400 : 20);
    }
}

void OperationGenerator::get(Operation& operation) {
    operation.kind = Operation::Kind::get;
    const std::uint64_t count = dice_.one_in(4) ? dice_.between(2, 12) : 1;
    for (std::uint64_t i = 0; i < count; ++i) {
        operation.keys.push_back(any_key());
    }
    choose_view(operation);
}

void OperationGenerator::scan(Operation& operation) {
    operation.kind = Operation::Kind::scan;
    ScanOptions& range = operation.range;
    range.reverse = dice_.one_in(2);
    range.prefix = spec_.slice;
    if (dice_.one_in(3)) {
        range.from = any_key();
    }
    if (dice_.one_in(3)) {
        range.to = any_key();
    }
    if (dice_.one_in(4)) {
        range.after = any_key();
    }
    if (dice_.one_in(3)) {
        range.prefix = any_key().substr(0, spec_.slice.size() + dice_.below(4));
    }
    operation.limit = dice_.one_in(12) ? 0 : dice_.between(1, 30);
    choose_view(operation);
}

void OperationGenerator::snapshot(Operation& operation) {
    const bool takes = held_.empty() || (held_.size() < snapshots_max && dice_.one_in(2));
    if (takes) {
        operation.kind = Operation::Kind::snapshot;
        operation.snapshot = ++snapshots_;
        held_.push_back(snapshots_);
        return;
    }
    operation.kind = Operation::Kind::release;
    const std::size_t index = dice_.below(held_.size());
    operation.snapshot = held_[index];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
}

void OperationGenerator::rare(Operation& operation) {
    using Kind = Operation::Kind;
    const std::uint64_t chance = dice_.below(600);
    if (chance < 100) {
        operation.kind = Kind::flush;
    } else if (chance < 110) {
        operation.kind = Kind::compact;
    } else if (chance < 140) {
        operation.kind = Kind::sync;
    } else if (spec_.reopens && chance < 160) {
        operation.kind = chance % 2 == 0 ? Kind::reopen : Kind::kill;
        held_.clear();
    } else if (spec_.reopens && chance < 166) {
        operation.kind = Kind::read_only;
        operation.range.prefix = spec_.slice;
    } else if (spec_.reopens && chance < 169) {
        operation.kind = Kind::check;
    } else {
        get(operation);
    }
}

Options random_store_options(std::uint64_t seed) {
    static constexpr std::array<Compression, 3> codecs{Compression::none, Compression::lz4,
                                                       Compression::zstd};
    static constexpr std::array<double, 4> space_amps{1.05, 1.25, 2, 4};
    Dice dice{seed};
    Options options;
    const std::uint64_t size = dice.below(8);
    options.memory = std::size_t{1} << (dice.one_in(2) ? 16U : 23U);
    options.memtable_size = std::size_t{512} << (size < 6 ? 2 * size : 2 * size - 9);
    options.block_size = std::size_t{256} << dice.below(6);
    options.compression = codecs[dice.below(codecs.size())];
    options.filter_bits = dice.one_in(4) ? 0 : static_cast<unsigned>(dice.between(1, 20));
    options.space_amp = space_amps[dice.below(space_amps.size())];
    options.mapped_tables = dice.one_in(4);
    options.workers = static_cast<unsigned>(dice.one_in(8) ? 0 : dice.between(1, 2));
    if (options.workers == 0) {
        // Nobody merges: thousands of tables prove no more than a hundred.
        constexpr std::size_t enough = std::size_t{32} << 10;
        options.memtable_size = std::max(*options.memtable_size, enough);
    }
    return options;
}

}  // namespace strata::tools
