// SPDX-License-Identifier: Apache-2.0
#include "stress/mode_table.hpp"

#include <algorithm>
#include <iterator>

namespace strata::tools {
namespace {

constexpr ModeSpec modes[] = {
    {.name = "bench",
     .operands = "[STORE]",
     .summary = "throughput and latency of a workload",
     .run = stress_bench,
     .append_help = append_bench_help},
    {.name = "compare",
     .operands = "BASE.json NEW.json",
     .summary = "what changed between two reports of bench --json",
     .words_min = 2,
     .words_max = 2,
     .run = stress_compare},
    {.name = "verify",
     .operands = "[STORE]",
     .summary = "random operations against an exact model",
     .run = stress_verify},
    {.name = "crash",
     .operands = "[STORE]",
     .summary = "processes killed or power cut, and everything acknowledged looked for",
     .run = stress_crash},
    {.name = "replay",
     .operands = "FILE [STORE]",
     .summary = "does what a script says and compares the answers with those in it",
     .words_min = 1,
     .words_max = 2,
     .run = stress_replay},
    {.name = "soak",
     .operands = "",
     .summary = "verify and crash in turns, a line for each round",
     .words_max = 0,
     .run = stress_soak},
};

}  // namespace

std::span<const ModeSpec> stress_modes() noexcept { return modes; }

const ModeSpec* find_stress_mode(std::string_view name) noexcept {
    const auto* mode = std::find_if(std::begin(modes), std::end(modes),
                                    [name](const ModeSpec& row) { return row.name == name; });
    return mode == std::end(modes) ? nullptr : mode;
}

}  // namespace strata::tools
