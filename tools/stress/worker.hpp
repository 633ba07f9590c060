// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/operations.hpp"
#include "stress/schedule.hpp"
#include "stress/tally.hpp"
#include "stress/target.hpp"

#include <strata/batch.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

/// One thread of a run, and what all threads of a run share.
namespace strata::tools {

/// An open loop's arrivals. Thread-safe.
struct Arrivals {
    explicit Arrivals(const Schedule& times) : schedule{times} {}

    Schedule schedule;
    std::uint64_t operations = 0;     ///< 0: no limit
    std::uint64_t max_in_flight = 0;  ///< 0: no limit
    std::atomic<std::uint64_t> next{0};
    std::uint64_t start = 0;  ///< steady_now() when arrival 0 should begin
};

/// Nanoseconds of the steady clock.
[[nodiscard]] std::uint64_t steady_now();

/// How the thread that watches a run and its workers speak to each other.
class RunControl {
  public:
    /// Grows when the workers should publish what they have counted; the last bit says stop.
    [[nodiscard]] std::uint64_t word() const noexcept {
        return word_.load(std::memory_order_relaxed);
    }
    static constexpr std::uint64_t stop_bit = 1;
    static constexpr std::uint64_t epoch_step = 2;

    void next_epoch() noexcept { word_.fetch_add(epoch_step, std::memory_order_relaxed); }
    void stop() noexcept { word_.fetch_or(stop_bit, std::memory_order_relaxed); }
    /// Keeps the first error and stops the run.
    void fail(Error error);
    [[nodiscard]] std::optional<Error> take_error();

    /// Guards what workers publish; notified when one of them did, or ended.
    std::mutex mutex;
    std::condition_variable changed;

  private:
    std::atomic<std::uint64_t> word_{0};
    std::optional<Error> error_;
};

class RunWorker {
  public:
    struct Setup {
        const Workload* workload = nullptr;
        std::uint64_t seed = 0;
        ThreadPlace place{};
        std::uint64_t batch = 1;
        std::optional<std::uint64_t> operations{};  ///< unset: until stopped
        Arrivals* arrivals = nullptr;               ///< null: a closed loop
        bool warms_up = false;  ///< what is counted before the first epoch ends is forgotten
    };

    RunWorker(const Setup& setup, Target& target, RunControl& control);

    /// The whole work of its thread.
    void run();

    /// Operations since counting began, as far as this thread knows. Any thread.
    [[nodiscard]] std::uint64_t done() const noexcept {
        return done_.load(std::memory_order_relaxed);
    }
    /// Under RunControl::mutex: whether everything up to an epoch is published.
    [[nodiscard]] bool published(std::uint64_t word) const noexcept {
        return finished_ || published_word_ >= word;
    }
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    /// Moves what was published into `tally`. Under RunControl::mutex.
    void collect(RunTally& tally);

  private:
    void closed_loop();
    void open_loop();
    /// Deals with a changed word; false when the work is over.
    bool turn(std::uint64_t word);
    /// Waits for the time of an arrival; false when the work is over.
    bool wait_until(std::uint64_t time);
    /// Carries out one operation, or adds it to the batch. False: no call was made, or it failed.
    bool perform(const WorkItem& operation);
    bool write(const WorkItem& operation);
    bool flush_batch();
    bool check(Status status);
    void publish(std::uint64_t word);

    Setup setup_;
    Target& target_;
    RunControl& control_;
    OperationStream stream_;
    Batch batch_;
    RunTally counted_;
    std::uint64_t seen_word_ = 0;
    std::uint64_t left_ = 0;  // operations
    bool warm_ = false;
    bool failed_ = false;

    std::atomic<std::uint64_t> done_{0};
    // Under control_.mutex.
    RunTally published_;
    std::uint64_t published_word_ = 0;
    bool finished_ = false;
};

}  // namespace strata::tools
