// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stress/verify_operation.hpp"

#include <strata/store.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

/// Carrying out operations on a store.
namespace strata::tools {

/// Opens the store under test; what a unit test puts between it and its user.
using StoreOpener = std::function<Result<std::unique_ptr<Store>>(bool read_only)>;

/// Snapshots that one user of a store holds, by number.
using HeldSnapshots = std::map<std::uint64_t, std::unique_ptr<Snapshot>>;

/// Carries out a resolved operation of any kind but reopen, kill and read_only, which replace the
/// store or open another. What the store returned, errors too, is the answer.
[[nodiscard]] Answer perform(Store& store, HeldSnapshots& snapshots, const Operation& operation);

/// The records of a scan, at most `limit` of them; 0: all. An error ends the answer.
[[nodiscard]] Answer read_range(Store& store, const ScanOptions& range, std::uint64_t limit);

/// Opens a second store read-only and reads a range of it.
[[nodiscard]] Answer read_beside(const StoreOpener& open, const ScanOptions& range);

/// A full check, its first finding as an error.
[[nodiscard]] Status check_store(Store& store);

}  // namespace strata::tools
