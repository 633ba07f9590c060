// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

/// Where a figure was measured.
namespace strata::tools {

struct Environment {
    std::string processor{};
    unsigned cores = 0;
    std::uint64_t memory = 0;  ///< bytes
    std::string kernel{};
    std::string compiler{};
    std::string build{};        ///< "release", "debug", ..., and what makes it slow
    std::string file_system{};  ///< of the store: "ext4"; empty: it has none
    std::string version{};      ///< of strata
};

/// `directory`: of the store, or its nearest parent that is there; empty for one in memory.
[[nodiscard]] Environment environment_of(const std::string& directory);

/// A line for people.
[[nodiscard]] std::string environment_text(const Environment& environment);

}  // namespace strata::tools
