// SPDX-License-Identifier: Apache-2.0
#include "stress/worker.hpp"

#include "stress/runner.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t late_nanoseconds = std::chrono::nanoseconds{late_after}.count();

}  // namespace

std::uint64_t steady_now() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds{1});
}

void RunControl::fail(Error error) {
    const std::lock_guard lock{mutex};
    if (!error_) {
        error_ = std::move(error);
    }
    stop();
    changed.notify_all();
}

std::optional<Error> RunControl::take_error() {
    const std::lock_guard lock{mutex};
    return std::exchange(error_, std::nullopt);
}

RunWorker::RunWorker(const Setup& setup, Target& target, RunControl& control)
    : setup_{setup},
      target_{target},
      control_{control},
      stream_{*setup.workload, setup.seed, setup.place},
      left_{setup.warms_up ? no_limit : setup.operations.value_or(no_limit)},
      warm_{!setup.warms_up} {}

void RunWorker::run() {
    if (setup_.arrivals != nullptr) {
        open_loop();
    } else {
        closed_loop();
    }
    if (batch_.operations() != 0 && !failed_) {
        flush_batch();
    }
    publish(control_.word());
    const std::lock_guard lock{control_.mutex};
    finished_ = true;
    control_.changed.notify_all();
}

void RunWorker::closed_loop() {
    std::uint64_t last = ticks();
    while (left_ > 0 && !failed_) {
        if (const std::uint64_t word = control_.word(); word != seen_word_) {
            if (!turn(word)) {
                return;
            }
            last = ticks();
        }
        const WorkItem operation = stream_.next();
        const bool called = perform(operation);
        --left_;
        done_.store(done_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        if (called) {
            const std::uint64_t now = ticks();
            counted_.of(operation.kind).service.record(now - last);
            last = now;
        }
    }
}

void RunWorker::open_loop() {
    // The kernel may otherwise wake a sleeping thread 50 microseconds late, to save power.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    Arrivals& arrivals = *setup_.arrivals;
    while (!failed_) {
        const std::uint64_t index = arrivals.next.fetch_add(1, std::memory_order_relaxed);
        if (arrivals.operations != 0 && index >= arrivals.operations) {
            return;
        }
        const std::uint64_t intended = arrivals.start + arrivals.schedule.begin_of(index);
        if (!wait_until(intended)) {
            return;
        }
        const std::uint64_t begin = steady_now();
        if (arrivals.max_in_flight != 0 &&
            arrivals.schedule.due_by(begin - arrivals.start) > index + arrivals.max_in_flight) {
            ++counted_.skipped;
            continue;
        }
        const WorkItem operation = stream_.next();
        if (perform(operation)) {
            const std::uint64_t end = steady_now();
            KindTally& tally = counted_.of(operation.kind);
            tally.service.record(end - begin);
            tally.response.record(end - intended);
            counted_.late += begin - intended > late_nanoseconds ? 1 : 0;
        }
        done_.store(done_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
}

bool RunWorker::wait_until(std::uint64_t time) {
    // Long waits sleep, in pieces so that a stop is seen; the last part spins, since a wake-up
    // takes some ten microseconds.
    constexpr std::uint64_t spin = 100'000;
    constexpr std::uint64_t piece = 50'000'000;
    while (true) {
        if (const std::uint64_t word = control_.word(); word != seen_word_ && !turn(word)) {
            return false;
        }
        const std::uint64_t now = steady_now();
        if (now >= time) {
            return true;
        }
        if (time - now > spin) {
            std::this_thread::sleep_for(
                std::chrono::nanoseconds{std::min(time - now - spin, piece)});
        }
    }
}

bool RunWorker::turn(std::uint64_t word) {
    seen_word_ = word;
    if (!warm_ && word >= RunControl::epoch_step) {
        warm_ = true;
        counted_.clear();
        done_.store(0, std::memory_order_relaxed);
        left_ = setup_.operations.value_or(no_limit);
    }
    if ((word & RunControl::stop_bit) != 0) {
        return false;
    }
    publish(word);
    return true;
}

void RunWorker::publish(std::uint64_t word) {
    const std::lock_guard lock{control_.mutex};
    if (warm_) {
        published_.merge(counted_);
    }
    counted_.clear();
    published_word_ = word;
    control_.changed.notify_all();
}

void RunWorker::collect(RunTally& tally) {
    tally.merge(published_);
    published_.clear();
}

bool RunWorker::check(Status status) {
    if (status) {
        return true;
    }
    failed_ = true;
    control_.fail(status.take_error());
    return false;
}

bool RunWorker::flush_batch() {
    const bool good = check(target_.write(batch_));
    batch_.clear();
    return good;
}

bool RunWorker::write(const WorkItem& operation) {
    const bool deletes = operation.kind == OperationKind::del;
    if (setup_.batch == 1) {
        return check(deletes ? target_.del(operation.key)
                             : target_.put(operation.key, operation.value));
    }
    const Status added =
        deletes ? batch_.del(operation.key) : batch_.put(operation.key, operation.value);
    if (!added) {
        // The batch is full before its number is; what did not fit begins the next one.
        return batch_.operations() == 0 ? check(Error{added.error()})
                                        : flush_batch() && write(operation);
    }
    return batch_.operations() >= setup_.batch && flush_batch();
}

bool RunWorker::perform(const WorkItem& operation) {
    KindTally& tally = counted_.of(operation.kind);
    ++tally.operations;
    if (is_write(operation.kind)) {
        tally.bytes += operation.key.size() + operation.value.size();
        return write(operation);
    }
    const bool scans =
        operation.kind == OperationKind::scan || operation.kind == OperationKind::rscan;
    auto facts = scans ? target_.scan({operation.key, operation.kind == OperationKind::rscan,
                                       operation.scan_length})
                       : target_.get(operation.key);
    if (!facts) {
        return check(facts.take_error());
    }
    tally.records += facts->records;
    tally.bytes += facts->bytes;
    if (operation.kind == OperationKind::rmw) {
        tally.bytes += operation.key.size() + operation.value.size();
        return check(target_.put(operation.key, operation.value));
    }
    return true;
}

}  // namespace strata::tools
