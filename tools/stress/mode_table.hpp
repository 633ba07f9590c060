// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/output.hpp"
#include "stress/options.hpp"

#include <cstddef>
#include <span>
#include <string_view>

/// The modes of strata-stress: one row of a table and one file each.
namespace strata::tools {

struct StressContext {
    const StressOptions& options;
    Output& output;
    Diagnostics& diagnostics;
};

struct ModeSpec {
    std::string_view name;
    std::string_view operands;  ///< as --help writes them: "[STORE]"
    std::string_view summary;
    std::size_t words_min = 0;
    std::size_t words_max = 1;
    int (*run)(const StressContext& context) = nullptr;  ///< the exit status
    /// What --help says behind the options; may be null.
    void (*append_help)(std::string& text) = nullptr;
};

/// Every mode, in the order of --help.
[[nodiscard]] std::span<const ModeSpec> stress_modes() noexcept;
/// By its name, or null.
[[nodiscard]] const ModeSpec* find_stress_mode(std::string_view name) noexcept;

int stress_bench(const StressContext& context);
void append_bench_help(std::string& text);
int stress_compare(const StressContext& context);
int stress_crash(const StressContext& context);
int stress_replay(const StressContext& context);
int stress_soak(const StressContext& context);
int stress_verify(const StressContext& context);

}  // namespace strata::tools
