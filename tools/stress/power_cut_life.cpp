// SPDX-License-Identifier: Apache-2.0
#include "stress/power_cut_life.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>
#include <utility>

namespace strata::tools {
namespace {

const char* policy_name(CrashPolicy policy) {
    switch (policy) {
        case CrashPolicy::drop:
            return "drop";
        case CrashPolicy::keep:
            return "keep";
        case CrashPolicy::torn:
            break;
    }
    return "torn";
}

CrashPolicy choose_policy(Dice& dice, bool only_torn) {
    if (only_torn) {
        return CrashPolicy::torn;
    }
    const std::uint64_t chance = dice.below(6);
    return chance == 0 ? CrashPolicy::keep : (chance < 3 ? CrashPolicy::drop : CrashPolicy::torn);
}

/// Cuts of one life at most, whatever was asked for: each is a copy of the disk.
constexpr std::size_t cuts_max = 1500;

}  // namespace

PowerCutLife::PowerCutLife(const PowerCutSpec& spec, std::uint64_t seed,
                           std::shared_ptr<StrictFileSystem> disk, CrashOracle& oracle, bool exists,
                           Sequence durable)
    : spec_{spec},
      seed_{seed},
      disk_{std::move(disk)},
      faults_{FaultFileSystem::create(disk_)},
      oracle_{oracle},
      progress_(spec.writers),
      exists_{exists},
      durable_{durable},
      call_dice_{part_seed(seed, 1)} {
    faults_->set_decide([this](const FileCall& call) { return before(call); });
}

bool PowerCutLife::changes_disk(const FileCall& call) const {
    if (call.name == "open") {
        // Opening creates only what is not there.
        const auto status = disk_->status(call.path);
        return status && !*status;
    }
    static constexpr std::array<std::string_view, 5> looks{"read", "size", "status", "list",
                                                           "write_text"};
    return std::find(looks.begin(), looks.end(), call.name) == looks.end();
}

Fault PowerCutLife::before(const FileCall& call) {
    if (changes_disk(call)) {
        // About so many calls change the disk in a life.
        const std::uint64_t calls = 2 * spec_.batches + 100;
        const bool cuts = spec_.cuts == 0 || call_dice_.below(calls) < spec_.cuts;
        if (cuts && cuts_.size() < cuts_max) {
            take_cut(call);
        }
    }
    return choose_fault(call);
}

void PowerCutLife::take_cut(const FileCall& call) {
    PowerCut cut;
    // In this order: what is durable now must be on the copy, what is on it was begun by then.
    cut.exists = exists_.load();
    cut.limits.least = durable_.load();
    for (const Progress& progress : progress_) {
        cut.limits.ended.push_back(progress.ended.load());
    }
    const CrashPolicy policy = choose_policy(call_dice_, spec_.only_torn);
    cut.disk = disk_->crash_clone(policy, call_dice_.next());
    cut.disk->set_capacity(0);
    for (const Progress& progress : progress_) {
        cut.limits.begun.push_back(progress.begun.load());
    }
    cut.where = fmt::format("power cut before call {} ({} {}), {}", call.index, call.name,
                            call.path, policy_name(policy));
    cuts_.push_back(std::move(cut));
}

Fault PowerCutLife::choose_fault(const FileCall& call) {
    if (!faults_on_.load() || call_dice_.unit() >= spec_.error_rate) {
        return Fault::none;
    }
    static constexpr std::array<Fault, 3> faults{Fault::fail_before, Fault::fail_after,
                                                 Fault::short_write};
    return faults[call_dice_.below(call.name == "write" ? 3 : 2)];
}

std::vector<PowerCut> PowerCutLife::take_cuts() {
    PowerCut last;
    last.disk = disk_->crash_clone(CrashPolicy::keep, 0);
    last.disk->set_capacity(0);
    last.limits.least = acknowledged_.load();
    last.exists = exists_.load();
    last.where = "the end of the process";
    cuts_.push_back(std::move(last));
    return std::move(cuts_);
}

void PowerCutLife::durable_up_to(Sequence sequence) {
    Sequence known = durable_.load();
    while (known < sequence && !durable_.compare_exchange_weak(known, sequence)) {
    }
}

void PowerCutLife::fail(const std::string& what) {
    const std::lock_guard lock{mutex_};
    if (wrong_.empty()) {
        wrong_ = what;
    }
}

std::unique_ptr<Store> PowerCutLife::open_store() {
    Options options = spec_.engine(seed_);
    options.file_system = faults_;
    auto opened = open(PowerCutRounds::store_path, options);
    if (!opened) {
        fail("open: " + opened.error().message);
        return nullptr;
    }
    exists_.store(true);
    // What recovery has read is durable when it has succeeded.
    durable_up_to((*opened)->last_sequence());
    acknowledged_.store((*opened)->last_sequence());
    auto store = opened.take_value();
    return spec_.wrap ? spec_.wrap(std::move(store)) : std::move(store);
}

bool PowerCutLife::write_one(Store& store, std::size_t writer, WriterScript& script, Dice& dice) {
    Batch batch;
    std::vector<Change> changes = script.next();
    for (const Change& change : changes) {
        const Status added =
            change.value ? batch.put(change.key, *change.value) : batch.del(change.key);
        if (!added) {
            fail("batch: " + added.error().message);
        }
    }
    const SyncMode mixed = dice.one_in(3)   ? SyncMode::sync()
                           : dice.one_in(5) ? SyncMode::every(std::chrono::milliseconds{2})
                                            : SyncMode::none();
    const SyncMode mode = spec_.sync.value_or(mixed);
    const std::size_t number = oracle_.begin(writer, std::move(changes));
    progress_[writer].begun.store(number + 1);
    const auto written = store.write(batch, {.sync = mode});
    if (written) {
        oracle_.acknowledge(writer, number, *written);
        Sequence known = acknowledged_.load();
        while (known < *written && !acknowledged_.compare_exchange_weak(known, *written)) {
        }
        if (mode.kind == SyncMode::Kind::sync) {
            durable_up_to(*written);
        }
    } else if (!written.error().outcome_unknown) {
        oracle_.reject(writer, number);
        refused_.fetch_add(1);
    }
    progress_[writer].ended.store(number + 1);
    if (written) {
        return true;
    }
    if (!with_faults()) {
        fail("write: " + written.error().message);
    }
    const bool again =
        written.error().code == ErrorCode::no_space && !written.error().outcome_unknown;
    if (again) {
        // Somebody makes room; what was refused is not there, what follows is.
        disk_->set_capacity(0);
    }
    return again && with_faults();
}

void PowerCutLife::care(Store& store, Dice& dice) {
    const Sequence acknowledged = acknowledged_.load();
    const std::uint64_t chance = dice.below(120);
    Status done;
    if (chance < 4) {
        done = store.flush();
    } else if (chance < 5) {
        done = store.compact();
    } else if (chance < 8) {
        done = store.sync();
    } else {
        if (chance < 12 && spec_.no_space) {
            constexpr std::uint64_t room = 8'000;
            disk_->set_capacity(disk_->used_bytes() + dice.below(room));
        }
        return;
    }
    if (done) {
        durable_up_to(acknowledged);
    } else if (!with_faults()) {
        fail(done.error().message);
    }
    if (!done) {
        disk_->set_capacity(0);
    }
}

void PowerCutLife::write_batches(Store& store, std::size_t writer) {
    WriterScript script{seed_, writer, spec_.keys};
    Dice dice{part_seed(seed_, 100 + writer)};
    const std::uint64_t share = std::max<std::uint64_t>(spec_.batches / spec_.writers, 1);
    for (std::uint64_t i = 0; i < share; ++i) {
        if (!write_one(store, writer, script, dice)) {
            return;
        }
        care(store, dice);
    }
}

std::string PowerCutLife::run() {
    std::unique_ptr<Store> store = open_store();
    if (store != nullptr) {
        faults_on_.store(true);
        std::vector<std::thread> threads;
        for (std::size_t writer = 1; writer < spec_.writers; ++writer) {
            threads.emplace_back([&, writer] { write_batches(*store, writer); });
        }
        write_batches(*store, 0);
        for (std::thread& thread : threads) {
            thread.join();
        }
        disk_->set_capacity(0);
        if (Dice{seed_}.one_in(2)) {
            const Sequence acknowledged = acknowledged_.load();
            const Status closed = store->close();
            if (closed) {
                durable_up_to(acknowledged);
            } else if (!with_faults()) {
                fail("close: " + closed.error().message);
            }
        }
        store.reset();
    }
    const std::lock_guard lock{mutex_};
    return wrong_;
}

}  // namespace strata::tools
