// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/file_name.hpp"
#include "support/builders.hpp"
#include "support/must.hpp"
#include "table/builder.hpp"
#include "table/facts.hpp"

#include <strata/file_system.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace strata::test {

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
                              const std::vector<Version>& entries,
                              const TableBuilderOptions& options) {
    auto builder = must(TableBuilder::create(files, directory, options));
    for (const Version& version : entries) {
        must(builder->add(version.entry()));
    }
    BuiltTable built;
    built.facts = must(builder->finish());
    built.entry_sum = builder->entry_sum();
    built.path = file_path(directory, FileType::table, options.number);
    return built;
}

}  // namespace strata::test
