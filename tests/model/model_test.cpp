// SPDX-License-Identifier: Apache-2.0
// Proves that a store answers like an ordered map: random operations of every kind run against a
// model that knows value and sequence of each key, in the present and in every held snapshot and
// iterator, over options that flush, merge and evict all the time.
#include "reference.hpp"
#include "support/must.hpp"
#include "support/random.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace strata {
namespace {

using test::compare;
using test::Item;
using test::must;
using test::Random;
using test::show;
using test::State;

struct Setting {
    std::string name;
    Options options;
    int steps;
    std::size_t keys;
};

Options options_of(std::optional<std::size_t> memtable_size, std::size_t block_size,
                   Compression compression, unsigned filter_bits, unsigned workers) {
    Options options;
    options.memory = std::size_t{8} << 20;
    options.memtable_size = memtable_size;
    options.block_size = block_size;
    options.compression = compression;
    options.filter_bits = filter_bits;
    options.workers = workers;
    return options;
}

Options with(Options options, std::size_t memory, double space_amp) {
    options.memory = memory;
    options.space_amp = space_amp;
    return options;
}

constexpr std::size_t tiny = std::size_t{64} << 10;  // of memory: the block cache always evicts

std::vector<Setting> settings() {
    return {
        {"512 B memtables", options_of(512, 256, Compression::none, 10, 1), 3000, 60},
        {"512 B memtables, two workers, tiny cache",
         with(options_of(512, 512, Compression::lz4, 0, 2), tiny, 1.05), 3000, 200},
        {"4 KiB memtables", options_of(4096, 256, Compression::lz4, 10, 1), 8000, 300},
        {"4 KiB memtables, zstd, tiny cache",
         with(options_of(4096, 1024, Compression::zstd, 1, 1), tiny, 4), 8000, 300},
        {"4 KiB memtables, nobody merges", options_of(4096, 256, Compression::lz4, 10, 0), 2500,
         100},
        {"defaults", Options{}, 8000, 400},
        {"64 KiB memtables, two workers, lazy",
         with(options_of(65536, 4096, Compression::zstd, 10, 2), tiny, 4), 8000, 500},
        {"few keys, tight space", with(options_of(1024, 256, Compression::lz4, 32, 2), tiny, 1.05),
         6000, 6},
    };
}

int times() {
    const char* text = std::getenv("STRATA_LONG");
    return text != nullptr && *text != '\0' && *text != '0' ? 100 : 1;
}

// Keys that are hard to keep apart: prefixes of each other, runs of the least and the greatest
// byte, long ones that differ at their end, and random ones.
std::string make_key(Random& random, std::size_t block_size) {
    switch (random.below(7)) {
        case 0:
            return std::string(random.between(1, 12), 'p');
        case 1:
            return std::string(random.between(1, 9), '\xff');
        case 2:
            return std::string(random.between(1, 9), '\0');
        case 3:
            return "p" + std::string(random.below(4), '\xff') + std::string(random.below(3), '\0');
        case 4:
            return std::string(random.one_in(20) ? key_size_max - 2 : block_size, 'L') +
                   random.letters(2);
        case 5:
            return random.bytes(random.between(1, 20));
        default:
            return "user" + std::to_string(random.below(1000));
    }
}

std::string make_value(Random& random, std::size_t block_size) {
    switch (random.below(8)) {
        case 0:
            return {};
        case 1:
            return random.bytes(random.below(64));
        case 2:
            return std::string(random.below(4 * block_size), 'v');
        case 3:
            return random.one_in(40) ? random.bytes(100'000)
                                     : random.bytes(random.below(block_size));
        default:
            return random.letters(random.below(24));
    }
}

// One store beside its model.
class Run {
  public:
    Run(std::string where, const Setting& setting, std::uint64_t seed)
        : where_{std::move(where)}, name_{setting.name}, options_{setting.options}, random_{seed} {
        on_disk_ = where_ != "memory:";
        if (on_disk_) {
            options_.file_system = StrictFileSystem::create();
        }
        while (keys_.size() < setting.keys) {
            keys_.push_back(make_key(random_, options_.block_size));
        }
        store_ = must(open(where_, options_));
    }

    void step() {
        const std::uint64_t dice = random_.below(1000);
        if (dice < 380) {
            put();
        } else if (dice < 480) {
            del();
        } else if (dice < 560) {
            batch();
        } else if (dice < 630) {
            conditional();
        } else if (dice < 730) {
            get();
        } else if (dice < 760) {
            get_many();
        } else if (dice < 830) {
            scan();
        } else if (dice < 870) {
            held_iterator();
        } else if (dice < 900) {
            held_value();
        } else if (dice < 930) {
            held_snapshot();
        } else if (dice < 940) {
            estimate();
        } else {
            rare(dice - 940);
        }
    }

    void finish() {
        everything();
        if (on_disk_) {
            reopen(true);
            everything();
        }
        MESSAGE(name_, ": operations ", last_, ", flushes and merges ", work_, ", reopened ",
                reopened_, ", scan steps ", scan_steps_);
    }

  private:
    struct Held {
        std::unique_ptr<Snapshot> snapshot;
        std::shared_ptr<const State> state;
    };
    struct HeldIterator {
        std::unique_ptr<Iterator> iterator;
        std::shared_ptr<const State> state;
        ScanOptions options;
        std::vector<State::const_iterator> walk;
        std::size_t next = 0;
    };
    struct HeldValue {
        Value value;
        Item expected;
    };

    const std::string& key() { return keys_[random_.below(keys_.size())]; }
    std::string any_key() {
        return random_.one_in(4) ? make_key(random_, options_.block_size) : key();
    }
    std::string value() { return make_value(random_, options_.block_size); }

    WriteOptions mode() {
        switch (random_.below(4)) {
            case 0:
                return {.sync = SyncMode::none()};
            case 1:
                return {.sync = SyncMode::every(std::chrono::milliseconds{5})};
            case 2:
                return {.sync = SyncMode::sync()};
            default:
                return {};
        }
    }

    // Every write of this process is counted, so its sequence is known.
    void wrote(const Result<Sequence>& written, Sequence operations) {
        REQUIRE_MESSAGE(written, (written ? "" : written.error().message));
        last_ += operations;
        REQUIRE(*written == last_);
        REQUIRE(store_->last_sequence() == last_);
    }

    void put() {
        const std::string k = key();
        std::string v = value();
        wrote(store_->put(k, v, mode()), 1);
        state_[k] = {std::move(v), last_};
    }

    void del() {
        const std::string k = key();
        wrote(store_->del(k, mode()), 1);
        state_.erase(k);
    }

    void batch() {
        Batch batch;
        const std::size_t count = random_.between(1, random_.one_in(10) ? 60 : 6);
        Sequence sequence = last_;
        State next = state_;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string k = key();
            ++sequence;
            if (random_.one_in(4)) {
                must(batch.del(k));
                next.erase(k);
            } else {
                std::string v = value();
                must(batch.put(k, v));
                next[k] = {std::move(v), sequence};
            }
        }
        wrote(store_->write(batch, mode()), count);
        state_ = std::move(next);
    }

    // A condition that may or may not hold, and whether it does.
    std::pair<Condition::Test, bool> condition(const std::string& k) {
        const auto found = state_.find(k);
        const bool present = found != state_.end();
        switch (random_.below(6)) {
            case 0:
                return {Condition::Absent{}, !present};
            case 1:
                return {Condition::Present{}, present};
            case 2:
                return {Condition::AtSequence{present ? found->second.sequence : 1}, present};
            case 3:
                return {Condition::AtSequence{present ? found->second.sequence - 1 : 0}, false};
            case 4:
                return {Condition::HasValue{present ? found->second.value : ""}, present};
            default:
                return {Condition::HasValue{present ? found->second.value + "x" : "x"}, false};
        }
    }

    void conditional() {
        Batch batch;
        bool holds = true;
        for (std::uint64_t i = random_.between(1, 2); i > 0; --i) {
            const std::string judged = key();
            const auto [test, held] = condition(judged);
            must(batch.require(judged, test));
            holds = holds && held;
        }
        const std::string k = key();
        std::string v = value();
        must(batch.put(k, v));
        const auto written = store_->write(batch, mode());
        if (!holds) {
            REQUIRE_FALSE(written);
            REQUIRE(written.error().code == ErrorCode::conflict);
            REQUIRE_FALSE(written.error().outcome_unknown);
            return;
        }
        wrote(written, 1);
        state_[k] = {std::move(v), last_};
    }

    // The state of the present, or of a held snapshot.
    std::pair<const Snapshot*, const State*> some_state() {
        if (!snapshots_.empty() && random_.one_in(2)) {
            const Held& held = snapshots_[random_.below(snapshots_.size())];
            return {held.snapshot.get(), held.state.get()};
        }
        return {nullptr, &state_};
    }

    static void check_value(Bytes k, const std::optional<Value>& found, const State& state) {
        INFO("key ", show(k));
        const auto expected = state.find(k);
        REQUIRE(found.has_value() == (expected != state.end()));
        if (found) {
            REQUIRE(found->sequence() == expected->second.sequence);
            REQUIRE(found->bytes() == expected->second.value);
        }
    }

    void get() {
        const auto [snapshot, state] = some_state();
        const std::string k = any_key();
        check_value(k, must(store_->get(k, {.snapshot = snapshot})), *state);
    }

    void get_many() {
        const auto [snapshot, state] = some_state();
        std::vector<std::string> wanted(random_.below(12));
        std::generate(wanted.begin(), wanted.end(), [&] { return any_key(); });
        const std::vector<Bytes> keys{wanted.begin(), wanted.end()};
        const auto found = must(store_->get_many(keys, {.snapshot = snapshot}));
        REQUIRE(found.size() == keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            check_value(keys[i], found[i], *state);
        }
    }

    ScanOptions bounds() {
        ScanOptions options;
        options.reverse = random_.one_in(2);
        if (random_.one_in(3)) {
            options.from = any_key();
        }
        if (random_.one_in(3)) {
            options.to = any_key();
        }
        if (random_.one_in(4)) {
            options.after = any_key();
        }
        if (random_.one_in(3)) {
            options.prefix = any_key().substr(0, random_.below(4));
        }
        return options;
    }

    HeldIterator open_scan() {
        const auto [snapshot, state] = some_state();
        HeldIterator held;
        held.options = bounds();
        held.options.snapshot = snapshot;
        held.state = std::make_shared<const State>(*state);
        held.walk = test::walk_of(*held.state, held.options);
        held.iterator = must(store_->scan(held.options));
        return held;
    }

    void stand(HeldIterator& held, bool more) {
        ++scan_steps_;
        INFO("reverse ", held.options.reverse, ", position ", held.next, " of ", held.walk.size());
        REQUIRE(more == (held.next < held.walk.size()));
        if (more) {
            const auto& expected = *held.walk[held.next++];
            REQUIRE(show(held.iterator->key()) == show(expected.first));
            REQUIRE(held.iterator->key() == expected.first);
            REQUIRE(held.iterator->sequence() == expected.second.sequence);
            REQUIRE(held.iterator->value() == expected.second.value);
        }
    }

    void walk(HeldIterator& held, std::uint64_t steps) {
        for (; steps > 0; --steps) {
            if (random_.one_in(12)) {
                const std::string target = any_key();
                const auto first = std::find_if(
                    held.walk.begin(), held.walk.end(), [&](const State::const_iterator& it) {
                        return held.options.reverse ? it->first <= target : it->first >= target;
                    });
                held.next = static_cast<std::size_t>(first - held.walk.begin());
                INFO("seek ", show(target));
                stand(held, must(held.iterator->seek(target)));
            } else {
                const bool end = held.next >= held.walk.size();
                stand(held, must(held.iterator->next()));
                if (end && !random_.one_in(3)) {
                    return;
                }
            }
        }
    }

    void scan() {
        HeldIterator held = open_scan();
        walk(held, random_.one_in(4) ? 1000 : random_.between(1, 30));
    }

    // An iterator keeps its state, whatever is written, flushed and merged meanwhile.
    void held_iterator() {
        if (iterators_.size() < 3 && random_.one_in(2)) {
            iterators_.push_back(open_scan());
        } else if (!iterators_.empty()) {
            const std::size_t i = random_.below(iterators_.size());
            walk(iterators_[i], 20);
            if (random_.one_in(3)) {
                iterators_.erase(iterators_.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
    }

    // A value keeps its bytes, and may outlive its store.
    void held_value() {
        if (values_.size() < 4) {
            const std::string k = key();
            if (auto found = must(store_->get(k))) {
                values_.push_back({std::move(*found), state_.at(k)});
            }
            return;
        }
        for (const HeldValue& held : values_) {
            REQUIRE(held.value.sequence() == held.expected.sequence);
            REQUIRE(held.value.bytes() == held.expected.value);
        }
        values_.erase(values_.begin());
    }

    void held_snapshot() {
        if (snapshots_.size() < 4 && random_.one_in(2)) {
            snapshots_.push_back({must(store_->snapshot()), std::make_shared<const State>(state_)});
            REQUIRE(snapshots_.back().snapshot->sequence() == last_);
        } else if (!snapshots_.empty()) {
            const std::size_t i = random_.below(snapshots_.size());
            if (random_.one_in(4)) {
                same(*store_, *snapshots_[i].state, snapshots_[i].snapshot.get());
            }
            snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }

    void estimate() {
        const RangeEstimate all = must(store_->estimate());
        REQUIRE(all.entries >= state_.size());
        ScanOptions options = bounds();
        const RangeEstimate part = must(store_->estimate(options));
        CHECK(part.entries <= all.entries);
        // No comparison of bytes: a flush between the two calls changes what both are made of.
        options = {.from = "b", .to = "a"};
        CHECK(must(store_->estimate(options)).entries == 0);
    }

    void rare(std::uint64_t dice) {
        if (dice < 20) {
            must(store_->flush());
        } else if (dice < 26) {
            must(store_->compact());
            REQUIRE(must(store_->runs()).size() <= 1);
        } else if (dice < 29) {
            everything();
        } else if (dice < 30) {
            must(store_->sync());
        } else if (on_disk_ && dice < 36) {
            reopen(dice % 2 == 0);
        } else if (on_disk_ && dice < 40) {
            read_only();
        } else if (on_disk_ && dice < 42) {
            check();
        } else if (dice < 45) {
            empty_batches();
        }
    }

    // Refused, or a pure test: neither takes a sequence.
    void empty_batches() {
        REQUIRE(store_->write(Batch{}).error().code == ErrorCode::invalid_argument);
        Batch batch;
        const std::string k = key();
        const bool present = state_.contains(k);
        must(batch.require(k, Condition::Present{}));
        const auto written = store_->write(batch);
        REQUIRE(written.has_value() == present);
        if (!present) {
            REQUIRE(written.error().code == ErrorCode::conflict);
        }
        REQUIRE(store_->last_sequence() == last_);
    }

    void same(Store& store, const State& state, const Snapshot* snapshot = nullptr) {
        const auto comparison = compare(store, state, keys_, snapshot);
        REQUIRE(comparison.error == "");
        REQUIRE(comparison.difference == "");
    }

    void everything() {
        same(*store_, state_);
        for (const Held& held : snapshots_) {
            same(*store_, *held.state, held.snapshot.get());
        }
    }

    void check() {
        const CheckReport report = must(store_->check());
        for (const Finding& finding : report.findings) {
            FAIL(finding.file, ": ", finding.message);
        }
    }

    void read_only() {
        Options options = options_;
        options.read_only = true;
        const auto beside = must(open(where_, options));
        REQUIRE(beside->last_sequence() == last_);
        same(*beside, state_);
        REQUIRE(beside->put("k", "v").error().code == ErrorCode::read_only);
    }

    void reopen(bool clean) {
        CAPTURE(clean);
        iterators_.clear();
        snapshots_.clear();
        const Stats stats = must(store_->stats());
        work_ += stats.flushes + stats.merges;
        if (clean) {
            must(store_->close());
        }
        store_.reset();
        if (random_.one_in(3)) {
            read_only();
        }
        store_ = must(open(where_, options_));
        ++reopened_;
        const OpenReport& report = store_->open_report();
        REQUIRE_FALSE(report.created);
        REQUIRE_FALSE(report.torn_tail);
        REQUIRE(report.closed_cleanly == clean);
        REQUIRE(report.unknown_files.empty());
        REQUIRE(store_->last_sequence() == last_);
        if (random_.one_in(2)) {
            everything();
        }
    }

    std::string where_;
    std::string name_;
    Options options_;
    Random random_;
    bool on_disk_ = true;
    std::vector<std::string> keys_;

    std::unique_ptr<Store> store_;
    State state_;
    Sequence last_ = 0;
    std::vector<Held> snapshots_;
    std::vector<HeldIterator> iterators_;
    std::vector<HeldValue> values_;

    std::uint64_t work_ = 0;
    std::uint64_t reopened_ = 0;
    std::uint64_t scan_steps_ = 0;
};

void run(const std::string& where, const Setting& setting, std::uint64_t seed) {
    CAPTURE(setting.name);
    INFO("STRATA_SEED=", seed);
    Run one{where, setting, seed};
    const int steps = setting.steps;
    for (int step = 0; step < steps; ++step) {
        CAPTURE(step);
        one.step();
    }
    one.finish();
}

TEST_CASE("a store on disk answers like an ordered map") {
    const std::uint64_t seed = test::test_seed(1);
    for (int round = 0; round < times(); ++round) {
        for (const Setting& setting : settings()) {
            run("lsm:/store", setting, seed + static_cast<std::uint64_t>(round));
        }
    }
}

TEST_CASE("a store in memory answers like an ordered map") {
    const std::uint64_t seed = test::test_seed(1);
    for (int round = 0; round < times(); ++round) {
        run("memory:", {"memory", Options{}, 4000, 200}, seed + static_cast<std::uint64_t>(round));
    }
}

}  // namespace
}  // namespace strata
