// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "process.hpp"
#include "workload.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

/// What the workloads share: stores in the state that a workload begins with, the cost of writing,
/// threads that start together, and reads whose answers are checked.
namespace strata::bench {

inline constexpr std::size_t key_bytes = 16;

std::unique_ptr<Engine> open_engine(const Setup& setup, bool sync = false, unsigned writers = 1);

/// Puts every live key once, in an order that only the seed decides.
void load(const Setup& setup, Engine& engine);

/// A store that holds every live key, written in random order and compacted: what the directory
/// holds, or when it is empty what another process then writes, so that this one's memory and
/// caches hold nothing of that.
std::unique_ptr<Engine> open_loaded(const Setup& setup);

/// What a writing workload costs from its making to a closed store.
class WriteCost {
  public:
    /// Closes the store and adds the cost of `puts` to `outcome`. Zero of them have no ratio.
    void finish(std::unique_ptr<Engine> engine, const Setup& setup, std::uint64_t user_bytes,
                Outcome& outcome) const;

  private:
    double cpu_seconds_ = cpu_seconds();
    std::uint64_t bytes_ = storage_bytes_written();
};

/// Ends the process unless an engine's answer is as it must be.
void expect(bool holds, std::string_view what);
/// The sum is there to be added to, so that nobody can leave the value unread.
void get_live(Reader& reader, std::uint64_t number, std::size_t value_size, std::uint64_t& sum);
void get_absent(Reader& reader, std::uint64_t number);

/// Opens the store once more and walks through it: exactly the first `entries` live keys, whose
/// values have the size they were given.
void verify_live(const Setup& setup, std::uint64_t entries);

/// One number for a sequence, which depends on the order.
std::uint64_t digest(std::span<const std::uint32_t> numbers, std::uint64_t before = 0);

/// Calls work(thread), which returns Timings, in several threads that start together. The time is
/// that from the first one's start to the last one's end, by their own clocks: the thread that
/// waits for them may well be woken later than they are.
template <typename Work>
void run_threads(unsigned threads, Outcome& outcome, Work work) {
    using Clock = std::chrono::steady_clock;
    struct Part {
        Timings timings;
        Clock::time_point start;
        Clock::time_point end;
    };
    std::vector<Part> parts(threads);
    std::barrier together{static_cast<std::ptrdiff_t>(threads)};
    std::vector<std::thread> running;
    for (unsigned thread = 0; thread < threads; ++thread) {
        running.emplace_back([&, thread] {
            Part& part = parts[thread];
            together.arrive_and_wait();
            part.start = Clock::now();
            part.timings = work(thread);
            part.end = Clock::now();
        });
    }
    for (std::thread& thread : running) {
        thread.join();
    }
    Clock::time_point start = parts.front().start;
    Clock::time_point end = parts.front().end;
    for (const Part& part : parts) {
        start = std::min(start, part.start);
        end = std::max(end, part.end);
        outcome.timings.merge(part.timings);
        outcome.operations += part.timings.latency.total();
    }
    outcome.seconds = std::chrono::duration<double>(end - start).count();
}

}  // namespace strata::bench
