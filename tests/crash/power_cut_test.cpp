// SPDX-License-Identifier: Apache-2.0
// Proves that a power cut at any moment leaves a store that opens without an option, holds exactly
// the first p batches for a p that no durable acknowledgement lies beyond, and stays so when the
// power goes again. Scripts, fixed and random, run over a file system in memory; before every call
// that changes the disk the power is cut on copies of it, which are then opened and compared with
// a model.
#include "crash/oracle.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace strata::test {
namespace {

struct Totals {
    std::uint64_t states = 0;  ///< disks that were opened and compared
    std::uint64_t opens = 0;   ///< of them, opened for writing
    std::uint64_t second = 0;  ///< of them, cut again while or after they recovered
    std::uint64_t flushes = 0;
    std::uint64_t merges = 0;
};

/// How closely one life is looked at.
struct Care {
    unsigned torn = 2;            ///< torn disks for each call
    std::uint64_t open_in = 8;    ///< one disk in so many is opened for writing, the rest read-only
    std::uint64_t second_in = 0;  ///< one disk in so many gets a second life; 0: none
};

/// Steps of a script, one letter each:
///   s n i  a put: sync, none, interval        e L  an empty value, one of some blocks (none)
///   d D    a delete: sync, none               b B  a batch: sync, none
///   S f c  sync(), flush(), compact()         t u  take a snapshot, let all go
///   r k    close and open again, or as a killed process does: without close
constexpr const char* all_steps = "ssnnnnnniieLdDDbBBBSffctturk";

std::string random_script(Random& random, std::size_t steps) {
    const std::string letters = all_steps;
    std::string script;
    for (std::size_t i = 0; i < steps; ++i) {
        script.push_back(letters[random.below(letters.size())]);
    }
    return script;
}

Options random_options(Random& random) {
    static constexpr Compression codecs[] = {Compression::none, Compression::lz4,
                                             Compression::zstd};
    Options options;
    options.memory = std::size_t{1} << 20;
    options.memtable_size = std::size_t{512} << random.below(4);
    options.block_size = std::size_t{256} << random.below(3);
    options.compression = codecs[random.below(3)];
    options.filter_bits = random.one_in(3) ? 0 : 10;
    options.space_amp = random.one_in(2) ? 1.05 : 1.25;
    options.workers = static_cast<unsigned>(random.below(3));
    return options;
}

/// One store on one disk from its opening to the end of its script, watched from outside.
class Life {
  public:
    Life(std::shared_ptr<StrictFileSystem> disk, State base, std::uint64_t seed, Care care,
         Totals& totals)
        : history_{std::move(base)},
          random_{seed},
          cutter_{disk, history_, seed << 20U, care.torn},
          care_{care},
          totals_{totals},
          faults_{FaultFileSystem::create(disk)} {
        options_ = random_options(random_);
        options_.file_system = faults_;
        faults_->set_decide([this](const FileCall& call) {
            cutter_.before(call);
            return Fault::none;
        });
    }

    /// Empty when all was well.
    std::string run(const std::string& script, bool existed) {
        if (existed) {
            history_.opened();
        }
        only_sync_ = script.find_first_not_of("sdbSfcturk") == std::string::npos;
        reopen();
        for (const char step : script) {
            if (!wrong_.empty()) {
                break;
            }
            take(step);
            verify_cuts();
        }
        end();
        verify_cuts();
        return wrong_;
    }

  private:
    void take(char step) {
        switch (step) {
            case 's':
                put(SyncMode::sync(), random_.below(120));
                break;
            case 'n':
                put(SyncMode::none(), random_.below(120));
                break;
            case 'i':
                put(SyncMode::every(std::chrono::milliseconds{1}), random_.below(60));
                break;
            case 'e':
                put(SyncMode::none(), 0);
                break;
            case 'L':
                put(SyncMode::none(), random_.between(300, 3000));
                break;
            case 'd':
                write({{random_key(), {}}}, SyncMode::sync());
                break;
            case 'D':
                write({{random_key(), {}}}, SyncMode::none());
                break;
            case 'b':
                write(random_batch(), SyncMode::sync());
                break;
            case 'B':
                write(random_batch(), SyncMode::none());
                break;
            case 'S':
                durable_after(store_->sync(), "sync");
                break;
            case 'f':
                durable_after(store_->flush(), "flush");
                break;
            case 'c':
                durable_after(store_->compact(), "compact");
                break;
            case 't':
                take_snapshot();
                break;
            case 'u':
                check_snapshots();
                break;
            case 'r':
                end();
                reopen();
                break;
            case 'k':
                check_snapshots();
                count_work();
                cutter_.watch(nullptr);
                store_.reset();
                reopen();
                break;
            default:
                wrong_ = "no such step";
                break;
        }
    }

    std::string random_key() {
        const std::uint64_t number = random_.below(24);
        return (number < 10 ? "k0" : "k") + std::to_string(number);
    }
    void put(SyncMode mode, std::size_t size) {
        write({{random_key(), random_.bytes(size)}}, mode);
    }
    Changes random_batch() {
        Changes changes;
        for (std::uint64_t i = random_.between(2, 6); i > 0; --i) {
            Change change{.key = random_key()};
            if (!random_.one_in(4)) {
                change.value = random_.letters(random_.below(80));
            }
            changes.push_back(std::move(change));
        }
        return changes;
    }

    void write(const Changes& changes, SyncMode mode) {
        const Sequence expected = history_.begin(changes);
        const auto written = store_->write(batch_of(changes), {.sync = mode});
        if (!written) {
            wrong_ = "write: " + written.error().message;
        } else if (*written != expected) {
            wrong_ = "write: a sequence that does not follow the last one";
        } else if (mode.kind == SyncMode::Kind::sync) {
            history_.all_durable();
        }
    }
    void durable_after(const Status& status, const char* what) {
        if (!status) {
            wrong_ = std::string{what} + ": " + status.error().message;
            return;
        }
        history_.all_durable();
    }

    void take_snapshot() { snapshots_.emplace_back(must(store_->snapshot()), history_.newest()); }
    void check_snapshots() {
        for (const auto& [snapshot, state] : snapshots_) {
            if (std::string wrong = compare(*store_, state, history_.keys(), snapshot.get());
                !wrong.empty() && wrong_.empty()) {
                wrong_ = "snapshot: " + wrong;
            }
        }
        snapshots_.clear();
    }

    void reopen() {
        auto opened = open(store_directory, options_);
        if (!opened) {
            wrong_ = "open: " + opened.error().message;
            return;
        }
        store_ = opened.take_value();
        history_.opened();
        cutter_.watch(only_sync_ ? store_.get() : nullptr);
        if (std::string wrong = compare(*store_, history_.newest(), history_.keys());
            !wrong.empty()) {
            wrong_ = "after opening: " + wrong;
        }
    }
    void end() {
        if (store_ == nullptr) {
            return;
        }
        check_snapshots();
        count_work();
        cutter_.watch(nullptr);
        const Status closed = store_->close();
        store_.reset();
        if (wrong_.empty()) {
            durable_after(closed, "close");
        }
        cutter_.cut(CrashPolicy::drop, 0, "after close, ");
    }
    void count_work() {
        const Stats stats = must(store_->stats());
        totals_.flushes += stats.flushes;
        totals_.merges += stats.merges;
    }

    void verify_cuts() {
        for (const Cut& cut : cutter_.take()) {
            if (!wrong_.empty()) {
                return;
            }
            verify(cut);
        }
    }
    void verify(const Cut& cut) {
        ++totals_.states;
        if (care_.second_in != 0 && random_.one_in(care_.second_in)) {
            live_again(cut);
            return;
        }
        const bool writing = random_.one_in(care_.open_in);
        totals_.opens += writing ? 1 : 0;
        const Found found =
            writing ? verify_open(cut, history_, random_.next()) : verify_read_only(cut, history_);
        if (!found.wrong.empty()) {
            wrong_ = "cut before call " + cut.where + ": " + found.wrong;
        }
    }
    /// Which state the cut left is fixed now: no later cut may lose or bring back a batch.
    void live_again(const Cut& cut) {
        Cut copy = cut;
        copy.disk = cut.disk->crash_clone(CrashPolicy::keep, 0);
        const Found found = verify_read_only(copy, history_);
        std::string wrong = found.wrong;
        if (wrong.empty()) {
            const std::uint64_t before = totals_.states;
            Life next{cut.disk,
                      history_.state(found.state),
                      random_.next() >> 24U,
                      {.torn = 1, .open_in = 12},
                      totals_};
            wrong = next.run(random_script(random_, random_.below(8)), cut.exists);
            totals_.second += totals_.states - before;
        }
        if (!wrong.empty()) {
            wrong_ = "cut before call " + cut.where + ": " + wrong;
        }
    }

    History history_;
    Random random_;
    Cutter cutter_;
    Care care_;
    Totals& totals_;
    std::string wrong_{};
    bool only_sync_ = false;
    std::shared_ptr<FaultFileSystem> faults_;
    Options options_{};
    std::vector<std::pair<std::unique_ptr<Snapshot>, State>> snapshots_{};
    std::unique_ptr<Store> store_{};
};

bool long_run() { return std::getenv("STRATA_LONG") != nullptr; }

void live(const std::string& script, std::uint64_t seed, Care care, Totals& totals) {
    INFO("STRATA_SEED=", seed, " script ", script);
    Life life{StrictFileSystem::create(), State{}, seed, care, totals};
    const std::string wrong = life.run(script, false);
    CHECK_MESSAGE(wrong.empty(), wrong);
}

void tell(const char* what, std::uint64_t seed, const Totals& totals) {
    MESSAGE(std::string{what}, ": ", totals.states, " disks (", totals.opens,
            " opened for writing, ", totals.second, " after a second cut), ", totals.flushes,
            " flushes, ", totals.merges, " merges, STRATA_SEED=", seed);
}

TEST_CASE("scripts: every cut is opened for writing") {
    const std::uint64_t seed = test_seed(1);
    Totals totals;
    const Care care{.torn = 1, .open_in = 1};
    live("snsnnSnn", seed, care, totals);
    live("nnnfnnfsdf", seed, care, totals);
    live("ssbdsssrsdbss", seed, care, totals);
    live("bBBLnnrnns", seed, care, totals);
    live("nnfnnfnnfnDfcnkse", seed, care, totals);
    tell("scripts", seed, totals);
    CHECK(totals.states >= 400);
    CHECK(totals.flushes >= 5);
}

TEST_CASE("random lives") {
    const std::uint64_t seed = test_seed(1000);
    Random random{seed};
    Totals totals;
    const std::size_t lives = long_run() ? 1000 : 16;
    for (std::size_t i = 0; i < lives; ++i) {
        live(random_script(random, 60), seed + i, {.torn = 2, .open_in = 12}, totals);
    }
    tell("random lives", seed, totals);
    CHECK(totals.states >= lives * 600);
    CHECK(totals.flushes >= lives * 5);
    CHECK(totals.merges >= lives);
}

TEST_CASE("cut again at every call of the recovery and of the life after it") {
    const std::uint64_t seed = test_seed(2000);
    Random random{seed};
    Totals totals;
    const std::size_t lives = long_run() ? 400 : 10;
    for (std::size_t i = 0; i < lives; ++i) {
        live(random_script(random, 24), seed + i, {.torn = 1, .open_in = 30, .second_in = 20},
             totals);
    }
    tell("cut again", seed, totals);
    CHECK(totals.second >= lives * 1000);
}

}  // namespace
}  // namespace strata::test
