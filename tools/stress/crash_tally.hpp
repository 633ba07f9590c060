// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/sheet.hpp"
#include "stress/oracle.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::tools {

/// What crashes and recoveries were like.
struct CrashTally {
    std::uint64_t cycles = 0;        ///< crashes that were recovered from
    std::uint64_t acknowledged = 0;  ///< batches
    std::uint64_t in_doubt = 0;      ///< batches that were in flight in a crash
    std::uint64_t kept = 0;          ///< of those, there afterwards
    std::uint64_t torn_tails = 0;
    std::uint64_t checks = 0;   ///< full checks, with nothing found
    std::uint64_t lost = 0;     ///< 1 when the last crash lost something
    std::uint64_t faults = 0;   ///< calls that were made to fail
    std::uint64_t refused = 0;  ///< batches that were refused because of them, and not there
    std::vector<std::uint64_t> recovery_us{};

    void recovered(const OpenReport& report);
    void judged(const OracleVerdict& verdict);
    void add(const CrashTally& other);
    [[nodiscard]] Facts facts(bool json, bool with_faults) const;
};

struct CrashFailure {
    int status = 0;
    std::string what{};
    std::uint64_t round = 0;
    std::uint64_t seed = 0;
    std::string again{};
    std::string kept{};

    [[nodiscard]] Facts facts() const;
};

}  // namespace strata::tools
