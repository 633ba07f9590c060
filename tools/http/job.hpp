// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/remote.hpp"

#include <strata/result.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace strata::tools {

/// Starts a job by POST to `target` and asks after it until it has ended. `progress` is called with
/// the bytes done and of all, and may be empty. Yields the job's result, a JSON document. Ctrl-C
/// ends the waiting, not the job.
Result<std::string> run_job(Remote& remote, const std::string& target,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace strata::tools
