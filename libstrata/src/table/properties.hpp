// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/store_id.hpp"

#include <strata/bytes.hpp>
#include <strata/options.hpp>
#include <strata/result.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace strata {

/// What a table says about itself: a block of the usual layout whose keys are names (given behind
/// each field) and whose values are u64 or bytes. Readers ignore names they do not know and take
/// 0 or nothing for names that are missing; reading never depends on them.
struct Properties {
    StoreId store_id{};                   ///< store.id
    std::string writer{};                 ///< writer: program and version
    std::string key_min{};                ///< key.min
    std::string key_max{};                ///< key.max
    std::uint64_t created_ms{};           ///< created: ms since 1970
    std::uint64_t entries{};              ///< entries: all versions
    std::uint64_t keys{};                 ///< keys: distinct ones
    std::uint64_t puts{};                 ///< puts: expiring ones too
    std::uint64_t deletes{};              ///< deletes
    std::uint64_t expiring{};             ///< expiring
    std::uint64_t raw_bytes{};            ///< raw.bytes: keys and values
    std::uint64_t data_end{};             ///< data.end: offset behind the last data block
    Sequence sequence_min{};              ///< seq.min
    Sequence sequence_max{};              ///< seq.max
    std::uint64_t tombstone_oldest_ms{};  ///< tombstone.oldest; 0: none
    std::uint64_t expiry_min{};           ///< expiry.min; 0: none expires
    std::uint64_t expiry_max{};           ///< expiry.max; 0: some entry never expires
    std::uint64_t codec{};                ///< codec wanted for data blocks
    std::uint64_t block_size{};           ///< block.bytes wanted
    std::uint64_t entry_sum{};            ///< entry.sum, see EntrySum

    friend bool operator==(const Properties&, const Properties&) = default;
};

/// Name and value of each property, in the order of the block, as text for people: numbers in
/// decimal, ids and sums in hexadecimal. `is_bytes` marks keys, which the caller must escape.
struct PropertyText {
    std::string name{};
    std::string value{};
    bool is_bytes = false;
};
[[nodiscard]] std::vector<PropertyText> describe(const Properties& properties);

/// The raw block.
[[nodiscard]] std::string encode_properties(const Properties& properties);

/// Reads a block whose check has been verified. The error names no file.
[[nodiscard]] Result<Properties> decode_properties(Bytes block);

}  // namespace strata
