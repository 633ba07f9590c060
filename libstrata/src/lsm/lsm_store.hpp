// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/options.hpp>
#include <strata/result.hpp>
#include <strata/store.hpp>

#include <memory>
#include <string>

namespace strata {

/// The engine of "lsm:": opens, or creates, the store in `directory`.
Result<std::unique_ptr<Store>> open_lsm_store(const std::string& directory, const Options& options);

/// A fixed view of the store in `directory` at this moment, beside its owner if it has one:
/// takes no lock and writes no byte.
Result<std::unique_ptr<Store>> open_lsm_store_read_only(const std::string& directory,
                                                        const Options& options);

}  // namespace strata
