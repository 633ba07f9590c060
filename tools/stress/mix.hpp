// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/random.hpp"

#include <strata/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Which operations a workload consists of, and in which parts.
namespace strata::tools {

enum class OperationKind : std::uint8_t {
    get,     ///< of a key that was loaded or inserted
    miss,    ///< get of a key that is certainly absent
    put,     ///< of a key chosen as all others
    insert,  ///< put of a key that was not there
    del,
    scan,   ///< from a chosen key upwards
    rscan,  ///< from a chosen key downwards
    rmw,    ///< get, then put of the same key
};
inline constexpr std::size_t operation_kinds = 8;

/// The word of --mix and of reports.
[[nodiscard]] std::string_view operation_name(OperationKind kind) noexcept;
[[nodiscard]] constexpr bool is_write(OperationKind kind) noexcept {
    return kind == OperationKind::put || kind == OperationKind::insert ||
           kind == OperationKind::del;
}

struct Mix {
    /// By kind; any scale, not all 0.
    std::array<std::uint32_t, operation_kinds> weights{};

    [[nodiscard]] std::uint32_t weight(OperationKind kind) const noexcept {
        return weights[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] std::uint32_t total() const noexcept;
    /// With a chance of its weight.
    [[nodiscard]] OperationKind choose(Random& random) const;
};

/// "get=50,put=40,del=8,scan=2"
Result<Mix> parse_mix(std::string_view text);
[[nodiscard]] std::string mix_text(const Mix& mix);

}  // namespace strata::tools
