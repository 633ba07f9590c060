// SPDX-License-Identifier: Apache-2.0
#include "lsm/pacer.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace strata {
namespace {

constexpr std::chrono::milliseconds flush_wait{1000};  // between two looks at the state

// Debt is looked at once for so many bytes: a look costs more than a small write.
constexpr std::size_t look_bytes = std::size_t{64} << 10;

// Where delaying begins, as a part of the greatest debt.
constexpr double free_debt = 0.5;

// Runs of the first tier that count as full debt. Reads slow down with each of them; writes are
// never stopped by their number.
constexpr double young_runs_max = 20;

// A write of look_bytes at full debt is delayed this long, and never longer at once.
constexpr double longest_delay_us = 10'000;

// Shorter sleeps cost more than they delay; they are summed up.
constexpr double shortest_sleep_us = 500;

}  // namespace

Status Pacer::wait(std::size_t bytes, bool seals) {
    if (core_.stopping()) {
        return make_error(ErrorCode::closed, "the store is closing");
    }
    if (seals) {
        const auto start = SteadyClock::now();
        bool waited = false;
        while (true) {
            const std::uint64_t seen = core_.signals();
            if (core_.failure.failed()) {
                return core_.failure.refused();
            }
            if (core_.stopping()) {
                return make_error(ErrorCode::closed, "the store is closing");
            }
            if (core_.view()->sealed.size() < sealed_max) {
                break;
            }
            if (auto trouble = core_.flush_trouble.get()) {
                return make_error(trouble->code, "the memtables are full and no flush succeeds: {}",
                                  trouble->message);
            }
            waited = true;
            core_.counters.limiter.store("flush");
            core_.wait_signal(seen, flush_wait);
        }
        if (waited) {
            core_.counters.delayed_us.fetch_add(microseconds_since(start));
            core_.counters.limiter.store("none");
        }
    }
    if (bytes < until_next_look_) {
        until_next_look_ -= bytes;
        return {};
    }
    until_next_look_ = look_bytes;
    delay(std::max(bytes, look_bytes));
    return {};
}

Pacer::Debt Pacer::debt() const {
    const ViewPtr view = core_.view();
    Debt debt{static_cast<double>(view->sealed.size()) / (sealed_max + 1), "flush"};
    double young = 0;
    for (const auto& run : view->version->runs()) {
        young += run->tier() == 0 ? 1 : 0;
    }
    if (core_.options().workers > 0 && young / young_runs_max > debt.amount) {
        debt = {young / young_runs_max, "merge"};
    }
    return debt;
}

// From nothing at the free part, quadratically up to a tenth of the longest delay at full debt.
double Pacer::delay_of(const Debt& debt, std::size_t bytes) {
    if (debt.amount <= free_debt) {
        return 0;
    }
    const double steepness = std::min(1.0, (debt.amount - free_debt) / (1 - free_debt));
    const double share = static_cast<double>(bytes) / static_cast<double>(look_bytes);
    return longest_delay_us / 10 * steepness * steepness * share;
}

Pacer::Prospect Pacer::prospect(std::size_t bytes, bool seals) const {
    const Debt current = debt();
    Prospect prospect;
    prospect.sealed = core_.view()->sealed.size();
    prospect.stops = seals && prospect.sealed >= sealed_max;
    prospect.debt = current.amount;
    prospect.cause = current.amount <= free_debt ? "none" : current.cause;
    prospect.delay_us = std::min(longest_delay_us, delay_of(current, bytes));
    return prospect;
}

void Pacer::delay(std::size_t bytes) {
    const Debt current = debt();
    if (current.amount <= free_debt) {
        if (owed_us_ > 0) {
            owed_us_ = 0;
            core_.counters.limiter.store("none");
        }
        return;
    }
    core_.counters.limiter.store(current.cause);
    owed_us_ += delay_of(current, bytes);
    if (owed_us_ < shortest_sleep_us) {
        return;
    }
    const double pause = std::min(owed_us_, longest_delay_us);
    owed_us_ = 0;
    std::this_thread::sleep_for(std::chrono::microseconds{static_cast<std::int64_t>(pause)});
    core_.counters.delayed_us.fetch_add(static_cast<std::uint64_t>(pause));
}

}  // namespace strata
