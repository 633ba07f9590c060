// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/store.hpp>

#include <memory>

namespace strata {

/// The engine of "memory:": an ordered map of versions that is gone when closed. Every write is
/// acknowledged at once, whatever its mode.
[[nodiscard]] std::unique_ptr<Store> open_memory_store();

}  // namespace strata
