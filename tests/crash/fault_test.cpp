// SPDX-License-Identifier: Apache-2.0
// Proves that no failing call of the file system makes the store lie. One script runs again and
// again, each time with another call failing, once or from then on: every caller gets its error,
// reads stay right, nothing reaches the disk after the store has refused to go on, and on what a
// power cut leaves afterwards everything acknowledged is there and everything rejected is not. A
// full disk is no such failure: the same open store goes on when there is room again.
#include "crash/oracle.hpp"

#include <strata/store.hpp>
#include <strata/testing.hpp>

#include "support/must.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace strata::test {
namespace {

// A run takes milliseconds; one that takes this long hangs, and the alarm ends the process.
constexpr unsigned hang_seconds = 60;

// Background threads of a store: each may be inside one call when the store stops.
constexpr std::size_t background_threads = 4;

bool long_run() { return std::getenv("STRATA_LONG") != nullptr; }

const char* fault_name(Fault fault) {
    static constexpr const char* names[] = {"none",     "fail_before", "fail_after",
                                            "no_space", "short_write", "dead"};
    return names[static_cast<std::size_t>(fault)];
}

Options small_store(std::shared_ptr<FileSystem> files) {
    Options options;
    options.memory = std::size_t{1} << 20;
    options.memtable_size = 1024;
    options.block_size = 256;
    options.file_system = std::move(files);
    return options;
}

/// Fails one call of many and remembers those that changed the disk.
class Faults {
  public:
    Faults(std::shared_ptr<StrictFileSystem> disk, std::uint64_t nth, Fault fault)
        : files{FaultFileSystem::create(disk)} {
        files->set_decide([this, disk = std::move(disk), nth, fault](const FileCall& call) {
            const bool fails = call.index == nth;
            const std::lock_guard lock{mutex_};
            changes_after_ += stopped_ && changes_disk(call, *disk) ? 1U : 0U;
            if (fails) {
                failed_ = call;
            }
            return fails ? fault : Fault::none;
        });
    }
    ~Faults() { files->set_decide({}); }

    /// A store is open from here on, and may write.
    void started() {
        const std::lock_guard lock{mutex_};
        stopped_ = false;
        changes_after_ = 0;
    }
    /// The open store has said that it writes no more.
    void stopped() {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    /// Calls that changed the disk after the store had said so.
    [[nodiscard]] std::size_t changes_after() const {
        const std::lock_guard lock{mutex_};
        return changes_after_;
    }
    [[nodiscard]] FileCall failed() const {
        const std::lock_guard lock{mutex_};
        return failed_;
    }

    std::shared_ptr<FaultFileSystem> files;

  private:
    mutable std::mutex mutex_;
    bool stopped_ = false;
    std::size_t changes_after_ = 0;
    FileCall failed_{};
};

/// One script over one disk, with one failing call.
class Run {
  public:
    Run(std::uint64_t nth, Fault fault, std::uint64_t seed)
        : fault_{fault}, random_{seed}, faults_{disk_, nth, fault} {}

    /// Empty when all was well.
    std::string go(const std::string& script) {
        ::alarm(hang_seconds);
        reopen();
        for (const char step : script) {
            take(step);
        }
        finish();
        store_.reset();
        verify_disks();
        ::alarm(0);
        return wrong_.empty()
                   ? wrong_
                   : std::string{fault_name(fault_)} + " of call " +
                         std::to_string(faults_.failed().index) + " " + faults_.failed().name +
                         " " + faults_.failed().path + ": " + wrong_;
    }

    [[nodiscard]] std::uint64_t calls() const { return faults_.files->calls(); }
    [[nodiscard]] std::uint64_t injected() const { return faults_.files->faults(); }

  private:
    void take(char step) {
        if (!wrong_.empty() || store_ == nullptr) {
            return;
        }
        switch (step) {
            case 's':
                put(SyncMode::sync(), random_.below(90));
                break;
            case 'n':
                put(SyncMode::none(), random_.below(90));
                break;
            case 'L':
                put(SyncMode::none(), random_.between(200, 1500));
                break;
            case 'd':
                write({{random_key(), {}}}, SyncMode::sync());
                break;
            case 'b':
                write({{"k1", "b"}, {"k2", {}}, {"k3", random_.bytes(40)}}, SyncMode::sync());
                break;
            case 'S':
                wait_for(store_->sync(), "sync");
                break;
            case 'f':
                wait_for(store_->flush(), "flush");
                break;
            case 'c':
                wait_for(store_->compact(), "compact");
                break;
            case 'g':
                read();
                break;
            case 'r':
                close();
                reopen();
                break;
            default:
                fail("no such step");
                break;
        }
        // A dead disk changes no more whatever is tried.
        if (store_ != nullptr && fault_ != Fault::dead && failed()) {
            faults_.stopped();
        }
    }

    void fail(const std::string& what) {
        if (wrong_.empty()) {
            wrong_ = what;
        }
    }
    std::string random_key() { return "k" + std::to_string(random_.below(9)); }
    void put(SyncMode mode, std::size_t size) {
        write({{random_key(), random_.bytes(size)}}, mode);
    }

    bool write(const Changes& changes, SyncMode mode) {
        history_->begin(changes);
        const auto written = store_->write(batch_of(changes), {.sync = mode});
        if (written) {
            if (unknown_) {
                fail("a write was accepted after one with an unknown outcome");
            }
            visible_ = history_->begun();
            if (mode.kind == SyncMode::Kind::sync) {
                history_->all_durable();
            }
            return true;
        }
        if (written.error().outcome_unknown) {
            unknown_ = true;
        } else {
            history_->reject();
        }
        return false;
    }
    bool wait_for(const Status& status, const char* what) {
        if (status) {
            if (unknown_) {
                fail(std::string{what} + " succeeded after a write with an unknown outcome");
            }
            history_->all_durable();
        }
        return status.has_value();
    }

    /// Reads may meet the failing call themselves, and then say so; they are never wrong.
    void read() {
        const std::string wrong = compare(*store_, history_->state(visible_), history_->keys());
        if (!wrong.empty() && wrong.find("(injected)") == std::string::npos) {
            fail("reading: " + wrong);
        }
    }

    void check_silence() {
        const std::size_t changes = faults_.changes_after();
        faults_.started();
        if (changes > background_threads) {
            fail(std::to_string(changes) + " calls changed the disk after the store had failed");
        }
    }
    void close() {
        const Status closed = store_->close();
        check_silence();
        if (closed) {
            wait_for(closed, "close");
        }
        store_.reset();
    }
    void reopen() {
        auto opened = open(store_directory, small_store(faults_.files));
        if (!opened && fault_ != Fault::dead) {
            if (faults_.files->faults() == 0) {
                fail("open: " + opened.error().message);
            }
            opened = open(store_directory, small_store(faults_.files));
            if (!opened) {
                fail("open again: " + opened.error().message);
            }
        }
        if (!opened) {
            return;
        }
        store_ = opened.take_value();
        faults_.started();
        const auto found = history_->find(store_->last_sequence());
        if (!found || *found < visible_) {
            fail("reopened at sequence " + std::to_string(store_->last_sequence()));
            return;
        }
        // What recovery found is settled: an unknown write is there for good or never.
        history_ = std::make_unique<History>(history_->state(*found));
        history_->opened();
        visible_ = 0;
        unknown_ = false;
        read();
    }

    void finish() {
        if (!wrong_.empty() || store_ == nullptr) {
            return;
        }
        read();
        if (unknown_ && !failed()) {
            fail("a write had an unknown outcome, but the store goes on");
        }
        if (!failed()) {
            goes_on();
        }
        if (failed()) {
            refuses_everything();
        } else if (random_.one_in(2)) {
            close();
        }
    }
    /// Under `dead` the store may not have noticed yet; its next write does.
    bool failed() {
        return !must(store_->stats()).failure.empty() || (fault_ == Fault::dead && injected() != 0);
    }
    void refuses_everything() {
        static_cast<void>(write({{"last", "value"}}, SyncMode::sync()));
        if (write({{"last", "value"}}, SyncMode::sync()) || write({{"x", {}}}, SyncMode::none())) {
            fail("a write was accepted after the store had failed");
        }
        if (wait_for(store_->sync(), "sync") || wait_for(store_->flush(), "flush") ||
            wait_for(store_->compact(), "compact")) {
            fail("sync, flush or compact succeeded after the store had failed");
        }
        read();
        if (store_->close()) {
            fail("close succeeded after the store had failed");
        }
        check_silence();
    }
    /// Unless the failing call is met just now, by a thread in the background.
    void goes_on() {
        const auto need = [this](bool done, const char* what) {
            if (!done && !failed()) {
                fail(std::string{"the store did not fail, but "} + what + " does");
            }
        };
        // Out of space once: what was given up is tried again when asked for.
        need(wait_for(store_->flush(), "flush") || wait_for(store_->flush(), "flush"), "flush");
        need(write({{"last", "value"}}, SyncMode::sync()), "a write");
        need(wait_for(store_->compact(), "compact") || wait_for(store_->compact(), "compact"),
             "compact");
        read();
    }

    void verify_disks() {
        std::uint64_t seed = random_.next();
        for (const CrashPolicy policy : {CrashPolicy::drop, CrashPolicy::keep, CrashPolicy::torn}) {
            const Cut cut{.disk = disk_->crash_clone(policy, ++seed),
                          .least = history_->durable(),
                          .most = history_->begun(),
                          .exists = history_->exists()};
            const Found found = verify_open(cut, *history_, seed);
            if (!found.wrong.empty()) {
                fail("disk afterwards, policy " + std::to_string(static_cast<int>(policy)) + ": " +
                     found.wrong);
            }
        }
    }

    const Fault fault_;
    Random random_;
    std::string wrong_{};
    std::shared_ptr<StrictFileSystem> disk_ = StrictFileSystem::create();
    Faults faults_;
    std::unique_ptr<History> history_ = std::make_unique<History>();
    std::size_t visible_ = 0;
    bool unknown_ = false;
    std::unique_ptr<Store> store_{};
};

// Rotations, flushes, merges, deletes, a clean close and a second opening.
constexpr const char* script = "snnLsdnLfgsnbnLSnnLsfLbgdcnsLrsnLnfbsgLnnfcgs";

void fail_every_call(Fault fault, std::uint64_t stride) {
    const std::uint64_t seed = test_seed(1);
    Run whole{0, Fault::none, seed};
    REQUIRE(whole.go(script) == "");
    std::uint64_t injected = 0;
    std::uint64_t runs = 0;
    // Threads run differently each time, so the last calls of one run may not exist in another.
    for (std::uint64_t nth = 1 + seed % stride; nth < whole.calls(); nth += stride) {
        INFO("STRATA_SEED=", seed, " nth ", nth);
        Run run{nth, fault, seed};
        const std::string wrong = run.go(script);
        CHECK_MESSAGE(wrong.empty(), wrong);
        injected += run.injected() != 0 ? 1U : 0U;
        ++runs;
    }
    MESSAGE(std::string{fault_name(fault)}, ": ", whole.calls(), " calls, ", runs, " runs, ",
            injected, " with a fault, STRATA_SEED=", seed);
    CHECK(injected >= runs * 8 / 10);
    CHECK(runs >= 80);
}

TEST_CASE("every call fails once") {
    const std::uint64_t stride = long_run() ? 1 : 3;
    SUBCASE("without effect") { fail_every_call(Fault::fail_before, stride); }
    SUBCASE("although it took effect") { fail_every_call(Fault::fail_after, stride); }
    SUBCASE("half written") { fail_every_call(Fault::short_write, stride); }
    SUBCASE("no space") { fail_every_call(Fault::no_space, stride); }
}

TEST_CASE("every call fails from one on") { fail_every_call(Fault::dead, long_run() ? 1 : 3); }

TEST_CASE("a full disk heals") {
    ::alarm(hang_seconds);
    const std::uint64_t seed = test_seed(7);
    INFO("STRATA_SEED=", seed);
    Random random{seed};
    const auto disk = StrictFileSystem::create();
    constexpr std::uint64_t capacity = 4U << 20U;
    disk->set_capacity(capacity);
    Options options = small_store(disk);
    options.memtable_size = std::size_t{64} << 10;
    auto store = must(open(store_directory, options));
    State state;
    std::uint64_t rejected = 0;
    const auto write = [&] {
        const std::string key = "k" + std::to_string(random.below(8000));
        const std::string value = random.bytes(1000);
        const auto written = store->put(
            key, value, {.sync = random.one_in(4) ? SyncMode::sync() : SyncMode::none()});
        if (!written) {
            CHECK(written.error().code == ErrorCode::no_space);
            CHECK(!written.error().outcome_unknown);
            ++rejected;
            return false;
        }
        ++state.last;
        state.entries[key] = value;
        return true;
    };
    for (int round = 0; round < 3; ++round) {
        while (write()) {
        }
        CHECK(disk->used_bytes() > capacity / 2);
        for (int i = 0; i < 20; ++i) {
            static_cast<void>(write());
        }
        CHECK(must(store->stats()).failure == "");
        CHECK(compare(*store, state, {"k1", "k2"}) == "");
        // Room again: the same open store accepts writes, flushes and merges.
        disk->set_capacity(disk->used_bytes() + 4 * capacity);
        while (!write()) {
        }
        must(store->flush());
        must(store->compact());
        disk->set_capacity(disk->used_bytes() + capacity / 4);
    }
    CHECK(rejected >= 20);
    CHECK(compare(*store, state, {"k1", "k2"}) == "");
    disk->set_capacity(0);
    must(store->close());
    store.reset();
    const Cut cut{.disk = disk->crash_clone(CrashPolicy::drop, 0), .exists = true};
    CHECK(verify_open(cut, History{state}, 0).wrong == "");
    ::alarm(0);
}

TEST_CASE("many unflushed memtables of a killed process do not stop the next one") {
    ::alarm(hang_seconds);
    const auto disk = StrictFileSystem::create();
    const auto faults = FaultFileSystem::create(disk);
    faults->set_decide([](const FileCall& call) {
        const bool table = call.name == "open" && call.path.ends_with(".sst");
        return table ? Fault::no_space : Fault::none;
    });
    std::uint64_t written = 0;
    {
        auto store = must(open(store_directory, small_store(faults)));
        while (true) {
            const auto put = store->put("k" + std::to_string(written), std::string(300, 'v'));
            if (!put) {
                CHECK(put.error().code == ErrorCode::no_space);
                break;
            }
            ++written;
        }
    }
    faults->set_decide({});
    auto store = must(open(store_directory, small_store(faults)));
    CHECK(store->last_sequence() == written);
    for (std::uint64_t i = 0; i < written; ++i) {
        must(store->put("k" + std::to_string(written + i), std::string(300, 'v')));
    }
    CHECK(must(store->stats()).flushes > 0);
    ::alarm(0);
}

/// Versions of one key: what a writer of its own tried last, and what was acknowledged last.
struct Versions {
    std::uint64_t tried = 0;
    std::uint64_t acknowledged = 0;
};

TEST_CASE("every member of a group learns of a failure") {
    constexpr std::size_t writers = 4;
    constexpr std::uint64_t versions = 12;
    std::uint64_t refusals = 0;
    const std::uint64_t runs = long_run() ? 2000 : 100;
    for (std::uint64_t run = 0; run < runs; ++run) {
        ::alarm(hang_seconds);
        INFO("run ", run);
        const auto disk = StrictFileSystem::create();
        const Fault fault = run % 2 == 0 ? Fault::fail_before : Fault::short_write;
        Faults faults{disk, 12 + run, fault};
        std::array<Versions, writers> known{};
        auto opened = open(store_directory, small_store(faults.files));
        if (!opened) {
            continue;
        }
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < writers; ++i) {
            threads.emplace_back([&, i] {
                for (std::uint64_t version = 1; version <= versions; ++version) {
                    const auto put =
                        (*opened)->put("w" + std::to_string(i), std::to_string(version));
                    if (put) {
                        known[i] = {version, version};
                    } else if (put.error().outcome_unknown) {
                        known[i].tried = version;
                    }
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        opened->reset();
        for (const CrashPolicy policy : {CrashPolicy::drop, CrashPolicy::keep}) {
            Options options;
            options.file_system = disk->crash_clone(policy, run);
            auto store = must(open(store_directory, options));
            for (std::size_t i = 0; i < writers; ++i) {
                const auto value = must(store->get("w" + std::to_string(i)));
                const std::uint64_t found =
                    value ? std::stoull(std::string{value->bytes()}) : std::uint64_t{0};
                CHECK((found == known[i].acknowledged || found == known[i].tried));
            }
        }
        for (const Versions& one : known) {
            refusals += one.acknowledged != versions ? 1U : 0U;
        }
    }
    ::alarm(0);
    MESSAGE("groups: ", runs, " runs, ", refusals, " writers were refused");
    CHECK(refusals >= runs / 2);
}

}  // namespace
}  // namespace strata::test
