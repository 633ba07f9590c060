// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/operations.hpp"
#include "stress/options.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// Workloads by name, and what the options make of them.
namespace strata::tools {

/// What happens to the keys that a workload finds in the store before it begins.
enum class Prepare : std::uint8_t {
    none,  ///< loaded, and left as loading left them
    flush,
    compact,
};

struct Preset {
    std::string_view name;
    std::string_view summary;
    std::string_view mix;  ///< as --mix takes it
    std::string_view distribution = "uniform";
    bool loads = true;                ///< the store holds all keys before the run begins
    bool scattered = false;           ///< of a fill: in random order
    bool walks = false;               ///< scans go over the whole store
    std::uint64_t scan_length = 100;  ///< else: so many records at most
    bool scan_length_varies = false;
    std::string_view beside{};     ///< mix of one more thread
    std::uint64_t operations = 0;  ///< 0: one for each key
    bool synced = false;           ///< the usual --sync of a custom mix
};

/// Every preset with a mix, in the order of --help. The published workloads have their own program.
[[nodiscard]] std::span<const Preset> presets() noexcept;

/// What `bench` runs: a preset, with all that options change.
struct BenchPlan {
    Preset preset{};
    Workload workload{};
    std::optional<Workload> beside{};
    SyncMode sync{};
    Prepare prepare = Prepare::compact;
    std::uint64_t operations = 0;           ///< 0: no limit
    std::chrono::microseconds duration{0};  ///< 0: no limit
};

/// The plan for --preset or --mix. The other options must agree with it.
Result<BenchPlan> make_plan(const StressOptions& options);

/// "none", "flush" or "compact".
Result<Prepare> parse_prepare(std::string_view text);
[[nodiscard]] std::string_view prepare_text(Prepare prepare) noexcept;

}  // namespace strata::tools
