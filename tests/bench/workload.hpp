// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.hpp"
#include "latency.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// The workloads. Each opens a store in an empty directory, measures one thing and closes it.
namespace strata::bench {

struct Setup {
    const EngineKind* kind = nullptr;
    EngineOptions engine;  ///< `sync` is decided by the workload
    std::uint64_t seed = 1;
    std::uint64_t entries = 1'000'000;
    std::uint64_t sync_entries = 2'000;  ///< synced puts of one thread; half as many of each of 16
    std::size_t value_size = 100;
    double scale = 0.1;  ///< part of the published number of operations, for `stratakv`
};

struct Outcome {
    std::uint64_t operations = 0;
    double seconds = 0;
    double cpu_seconds = 0;  ///< writing: until the store is closed; reading: of the timed part
    Histogram latency;       ///< empty for scans, whose steps are too short to time singly
    std::optional<double> bytes_written_per_user_byte;  ///< until the store is closed
    std::uint64_t disk_bytes = 0;                       ///< after the store is closed
    /// Further figures of this workload, in the order to print them.
    std::vector<std::pair<std::string, double>> more;
};

struct Workload {
    const char* name;
    Outcome (*run)(const Setup& setup);
};

[[nodiscard]] std::span<const Workload> workloads();

}  // namespace strata::bench
