// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.hpp"
#include "timing.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// The workloads. Each measures one thing in a process and a directory of its own.
namespace strata::bench {

struct Setup {
    const EngineKind* kind = nullptr;
    EngineOptions engine;  ///< `sync` and `writers` are decided by the workload
    std::uint64_t seed = 1;
    std::uint64_t entries = 1'000'000;
    std::uint64_t sync_entries = 10'000;  ///< synced puts of one thread
    std::size_t value_size = 100;
    double scale = 0.1;   ///< part of the published number of operations, for `stratakv`
    bool verify = false;  ///< filling workloads read everything back when the clock has stopped
    std::uint64_t ticks_per_second = 0;
};

struct Outcome {
    std::uint64_t operations = 0;
    double seconds = 0;
    double cpu_seconds = 0;  ///< writing: until the store is closed; reading: of the timed part
    Timings timings;         ///< empty for scans, whose steps are too short to time singly
    /// Of the keys in the order of their use and of what was found, so that it can be seen that
    /// every engine did the same work.
    std::uint64_t digest = 0;
    std::optional<double> bytes_written_per_user_byte;  ///< until the store is closed
    std::uint64_t disk_bytes = 0;                       ///< after the store is closed
    std::uint64_t peak_bytes = 0;                       ///< greatest resident set until then
    /// Further figures of this workload, in the order to print them.
    std::vector<std::pair<std::string, double>> more;
};

struct Workload {
    const char* name;
    Outcome (*run)(const Setup& setup);
    /// What it begins with: nothing, or what the workload `load` leaves behind. A workload that
    /// finds an empty directory then loads it itself.
    bool loaded = false;
};

[[nodiscard]] std::span<const Workload> workloads();

// The parts of the list, one file each.
[[nodiscard]] std::span<const Workload> fill_workloads();
[[nodiscard]] std::span<const Workload> read_workloads();
[[nodiscard]] std::span<const Workload> mixed_workloads();
[[nodiscard]] std::span<const Workload> recovery_workloads();
[[nodiscard]] std::span<const Workload> published_workloads();

}  // namespace strata::bench
