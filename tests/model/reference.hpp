// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/options.hpp>
#include <strata/store.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

/// What a store must answer, computed the plain way: an ordered map, and scans that look at every
/// key of it.
namespace strata::test {

struct Item {
    std::string value{};
    Sequence sequence = 0;
};
using State = std::map<std::string, Item, std::less<>>;

/// Whether a scan may show the key, word for word as ScanOptions says it.
[[nodiscard]] bool in_bounds(const ScanOptions& options, Bytes key);

/// The keys of a scan, in the order of its walk.
[[nodiscard]] std::vector<State::const_iterator> walk_of(const State& state,
                                                         const ScanOptions& options);

/// Reads everything there is (a scan forward, one in reverse, a get of every key in `keys`, all of
/// them at once) and says how it differs from the state: empty when it does not.
struct Comparison {
    std::string difference{};  ///< wrong answers
    std::string error{};       ///< a read that was refused
    ErrorCode code = ErrorCode::internal;
    [[nodiscard]] bool same() const { return difference.empty() && error.empty(); }
};
[[nodiscard]] Comparison compare(Store& store, const State& state,
                                 const std::vector<std::string>& keys,
                                 const Snapshot* snapshot = nullptr);

/// A key or value in a message: escaped, and cut when long.
[[nodiscard]] std::string show(Bytes bytes);

}  // namespace strata::test
