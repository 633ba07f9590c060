// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry/entry.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace strata::test {

/// An entry that owns its bytes.
struct OwnedEntry {
    std::string key{};
    Sequence sequence = 0;
    Kind kind = Kind::put;
    std::string value{};

    [[nodiscard]] Entry view() const {
        return Entry{.key = key, .sequence = sequence, .kind = kind, .value = value};
    }
    [[nodiscard]] std::string text() const {
        const std::string place = key + "#" + std::to_string(sequence);
        return place + (kind == Kind::del ? ",del" : ",put:" + value);
    }
    friend bool operator==(const OwnedEntry&, const OwnedEntry&) = default;
};

/// Parses "a#5,del" or "a#3,put:x".
inline OwnedEntry parse_entry(const std::string& line) {
    const std::size_t hash = line.find('#');
    const std::size_t comma = line.find(',');
    REQUIRE_MESSAGE((hash != std::string::npos && comma != std::string::npos), line);
    OwnedEntry entry{.key = line.substr(0, hash),
                     .sequence = std::stoull(line.substr(hash + 1, comma - hash - 1))};
    if (line.substr(comma + 1) == "del") {
        entry.kind = Kind::del;
    } else {
        REQUIRE_MESSAGE(line.substr(comma + 1, 4) == "put:", line);
        entry.value = line.substr(comma + 5);
    }
    return entry;
}

inline std::vector<OwnedEntry> parse_entries(const std::vector<std::string>& lines) {
    std::vector<OwnedEntry> entries;
    for (const std::string& line : lines) {
        entries.push_back(parse_entry(line));
    }
    return entries;
}

}  // namespace strata::test
