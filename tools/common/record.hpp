// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// The one record object of all programs. As JSON:
///     {"key":Bytes,"value":Bytes,"seq":n,"type":"put|del|rangedel|merge","file":id,"run":n,
///      "offset":n}
/// where Bytes is a string, or {"b64":"..."} for what is not UTF-8; absent fields are left out.
namespace strata::tools {

enum class RecordType : std::uint8_t { put, del, rangedel, merge };

[[nodiscard]] const char* record_type_name(RecordType type) noexcept;

/// A record to be written. It borrows its bytes.
struct Record {
    Bytes key{};
    std::optional<Bytes> value{};
    std::optional<Sequence> sequence{};
    std::optional<RecordType> type{};
    std::optional<std::uint64_t> file{};
    std::optional<std::uint64_t> run{};
    std::optional<std::uint64_t> offset{};
};

/// A record that was read. `value` is empty for a delete.
struct OwnedRecord {
    std::string key{};
    std::string value{};
    RecordType type = RecordType::put;
};

}  // namespace strata::tools
