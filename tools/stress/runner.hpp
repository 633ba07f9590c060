// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/operations.hpp"
#include "stress/options.hpp"
#include "stress/tally.hpp"
#include "stress/target.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Runs a workload with threads and measures it.
///
/// Closed loop: each thread begins an operation when its last one is done. One reading of the clock
/// ends an operation and begins the next, so a time includes choosing the key.
///
/// Open loop: operations have times at which they should begin, whatever became of earlier ones;
/// any thread that is free takes the next. The service time is measured from the real beginning,
/// the response time from the intended one, so that waiting behind a slow operation counts (Tene:
/// How not to measure latency, 2013, calls leaving it out coordinated omission).
namespace strata::tools {

/// An operation of an open loop is late when it begins so long after its time.
inline constexpr std::chrono::microseconds late_after{100};

/// What happened between two moments of a run.
struct IntervalFigures {
    double end_seconds = 0;  ///< since counting began
    double seconds = 0;
    std::uint64_t operations = 0;
    KindTally calls{};  ///< of the calls that ended in it
    double nanoseconds_per_tick = 1;
};

struct RunSpec {
    Workload workload{};
    unsigned threads = 1;
    /// Another workload that runs beside it, without pause, as long as the first does.
    std::optional<Workload> beside{};
    unsigned beside_threads = 0;
    std::uint64_t seed = 1;
    std::uint64_t batch = 1;                ///< writes that are made together; 1 in an open loop
    std::uint64_t operations = 0;           ///< of the workload, all threads together; 0: no limit
    std::chrono::microseconds duration{0};  ///< 0: no limit
    std::chrono::microseconds warmup{0};    ///< runs so long before counting
    std::optional<RateSpec> rate{};         ///< an open loop
    std::uint64_t max_in_flight = 0;        ///< 0: any number may wait
    std::chrono::microseconds interval{0};  ///< between calls of on_interval; 0: never
    std::function<void(const IntervalFigures&)> on_interval{};
    /// Asked some times a second, with operations done; a text ends the run for that reason.
    std::function<std::string(std::uint64_t done)> stop_reason{};
};

struct RunResult {
    double seconds = 0;      ///< without warm-up
    double cpu_seconds = 0;  ///< of all threads of the process, the store's too
    double nanoseconds_per_tick = 1;
    double beside_nanoseconds_per_tick = 1;
    RunTally tally{};
    RunTally beside{};
    /// Fewest operations in a whole second; unset for runs of less than two.
    std::optional<std::uint64_t> worst_second{};
    std::string stopped{};         ///< why it ended early; empty: it did not
    std::optional<Error> error{};  ///< the first one of the target, which ended the run
};

/// Runs until the operations are done, time is up, or something ends it.
[[nodiscard]] RunResult run_workload(const RunSpec& spec, Target& target);

}  // namespace strata::tools
