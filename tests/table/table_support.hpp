// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/file_name.hpp"
#include "entry/cursor.hpp"
#include "entry/entry.hpp"
#include "support/must.hpp"
#include "support/random.hpp"
#include "table/block_cache.hpp"
#include "table/builder.hpp"
#include "table/facts.hpp"
#include "table/table.hpp"

#include <strata/file_system.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace strata::test {

/// An entry that owns its bytes.
struct OwnedEntry {
    std::string key{};
    Sequence sequence = 1;
    Kind kind = Kind::put;
    std::string value{};
    std::uint64_t expiry = 0;

    [[nodiscard]] Entry view() const {
        return {.key = key, .sequence = sequence, .kind = kind, .value = value, .expiry = expiry};
    }
    friend bool operator==(const OwnedEntry&, const OwnedEntry&) = default;
};

inline OwnedEntry owned(const Entry& entry) {
    return {.key = std::string{entry.key},
            .sequence = entry.sequence,
            .kind = entry.kind,
            .value = std::string{entry.value},
            .expiry = entry.expiry};
}

inline void sort_entries(std::vector<OwnedEntry>& entries) {
    std::ranges::sort(entries, [](const OwnedEntry& a, const OwnedEntry& b) {
        return compare_entries(a.key, a.sequence, b.key, b.sequence) < 0;
    });
}

/// Options that make small files with the same bytes each time.
inline TableBuilderOptions plain_options() {
    TableBuilderOptions options;
    for (std::size_t i = 0; i < options.store_id.bytes.size(); ++i) {
        options.store_id.bytes[i] = static_cast<char>(i);
    }
    options.number = 12;
    options.writer = "test";
    options.created_ms = 1'700'000'000'000;
    options.salt = 0x1122334455667788U;
    return options;
}

struct BuiltTable {
    TableFacts facts{};
    std::uint64_t entry_sum = 0;
    std::string path{};
};

inline BuiltTable build_table(FileSystem& files, const std::string& directory,
                              const std::vector<OwnedEntry>& entries,
                              const TableBuilderOptions& options) {
    auto builder = must(TableBuilder::create(files, directory, options));
    for (const OwnedEntry& entry : entries) {
        must(builder->add(entry.view()));
    }
    BuiltTable built;
    built.facts = must(builder->finish());
    built.entry_sum = builder->entry_sum();
    built.path = file_path(directory, FileType::table, options.number);
    return built;
}

}  // namespace strata::test
