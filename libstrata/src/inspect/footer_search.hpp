// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "table/format.hpp"

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// The footer of a table that may be damaged. Without it nothing of a table can be verified, since
/// it holds the salt of every check; so more is done for it than for any other part.
namespace strata {

struct FoundFooter {
    TableFooter footer{};
    std::uint64_t offset = 0;  ///< where it stands in the file
    /// How it differs from a sound one: which byte was damaged, how much follows it. Empty: sound.
    std::string damage{};
};

/// Looks for the footer: as the last 64 bytes; in front of bytes that were appended, up to 1 MiB of
/// them; and as the last 64 bytes with one byte changed, or with fields changed whose value is
/// known (length, version, magic, `number` if given). Whatever is returned has a check that
/// verifies. corruption: there is none; unsupported: one of a later version.
[[nodiscard]] Result<FoundFooter> find_footer(File& file, const std::string& path,
                                              std::optional<std::uint64_t> number);

}  // namespace strata
