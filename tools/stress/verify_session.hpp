// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/diagnostics.hpp"
#include "common/sheet.hpp"
#include "http/endpoint.hpp"
#include "stress/options.hpp"
#include "stress/verify_round.hpp"
#include "stress/verify_shrink.hpp"
#include "stress/work_directory.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace strata::tools {

/// What is told of a mismatch.
struct VerifyFailure {
    int status = 0;
    Facts facts{};  ///< the last ones: seed, script, kept directory
};

/// Where the rounds of a verification have their stores, and what is made of one that failed.
class VerifySession {
  public:
    /// `where` as the user named the store; empty: in a directory of its own.
    static Result<std::unique_ptr<VerifySession>> create(const StressOptions& options,
                                                         const std::string& where);

    [[nodiscard]] bool in_memory() const noexcept { return where_ == "memory:"; }
    /// A server has the store: one round, since nobody but it can make the store anew.
    [[nodiscard]] bool remote() const noexcept { return is_remote(where_); }
    [[nodiscard]] std::string store_path() const;

    /// Options of a round's store: chosen by the seed but for those that -o gave.
    [[nodiscard]] Options round_options(std::uint64_t seed) const;

    /// Each store it makes replaces the one before, but a server's, which must be as new.
    [[nodiscard]] StoreMaker maker(const std::string& path, const Options& engine) const;

    /// Shrinks what led to the mismatch, writes the script and keeps the store.
    Result<VerifyFailure> explain(const RoundSpec& round, const Options& engine,
                                  const RoundResult& result, Diagnostics& diagnostics);

  private:
    explicit VerifySession(const StressOptions& options) : options_{options} {}

    Status write_script(const RoundSpec& round, const Options& engine, const RoundResult& result,
                        VerifyFailure& failure, Diagnostics& diagnostics);

    const StressOptions& options_;
    std::string where_{};
    std::unique_ptr<WorkDirectory> directory_{};
};

}  // namespace strata::tools
