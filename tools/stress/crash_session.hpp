// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/crash_kill.hpp"
#include "stress/crash_tally.hpp"
#include "stress/options.hpp"
#include "stress/power_cut.hpp"
#include "stress/work_directory.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace strata::tools {

/// What happens to a store in the rounds of a session.
struct CrashKind {
    bool power_cut = false;  ///< on a disk in memory; else a process is killed
    bool torn = false;
    bool no_space = false;
    double error_rate = 0;

    [[nodiscard]] std::string options_text() const;
};

/// Rounds of crashes of one kind on one store, and what is made of one that lost something.
class CrashSession {
  public:
    /// `where`: the store of killed processes, which must be new; empty: in a directory of its own.
    static Result<std::unique_ptr<CrashSession>> create(const StressOptions& options,
                                                        const CrashKind& kind, std::uint64_t seed,
                                                        const std::string& where);

    Status round();

    [[nodiscard]] bool failed() const { return !wrong().empty(); }
    [[nodiscard]] const CrashTally& tally() const;
    [[nodiscard]] std::uint64_t rounds() const;
    /// Keeps the store. To be called once, when failed().
    Result<CrashFailure> failure();

  private:
    CrashSession(const StressOptions& options, const CrashKind& kind, std::uint64_t seed)
        : options_{options}, kind_{kind}, seed_{seed} {}

    void begin_killing();
    void begin_cutting();
    [[nodiscard]] const std::string& wrong() const;
    [[nodiscard]] Options engine(std::uint64_t seed) const;
    [[nodiscard]] std::string again() const;

    const StressOptions& options_;
    CrashKind kind_;
    std::uint64_t seed_;
    std::string store_{};
    std::unique_ptr<WorkDirectory> directory_{};
    std::optional<KillRounds> killing_{};
    std::optional<PowerCutRounds> cutting_{};
};

}  // namespace strata::tools
