// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstdint>
#include <string>

namespace strata {

/// What the builder of a table knows when it is done, and what the manifest repeats, so that a
/// store opens without touching a table. Sizes in bytes, times in ms since 1970.
struct TableFacts {
    std::uint64_t number{};
    std::uint64_t length{};        ///< of the file
    std::uint64_t footer_check{};  ///< the check in the footer
    std::uint64_t file_check{};    ///< hash64 of the whole file, seed 0
    Sequence sequence_min{};
    Sequence sequence_max{};
    std::uint64_t entries{};
    std::uint64_t deletes{};
    std::uint64_t raw_bytes{};            ///< keys and values before compression
    std::uint64_t tombstone_oldest_ms{};  ///< when the oldest tombstone was written; 0: none
    std::uint64_t expiry_last{};          ///< when the last entry has expired; 0: some never do
    std::string key_min{};
    std::string key_max{};

    friend bool operator==(const TableFacts&, const TableFacts&) = default;
};

}  // namespace strata
