// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/file_name.hpp"
#include "support/builders.hpp"
#include "support/must.hpp"
#include "table/builder.hpp"
#include "version/version.hpp"

#include <strata/testing.hpp>

#include <memory>
#include <string>
#include <vector>

namespace strata::test {

/// A directory in memory with tables, and the numbers that became obsolete.
class TableYard {
  public:
    TableYard() {
        must(files_->create_directory(directory));
        auto context = std::make_shared<TableContext>();
        context->files = files_;
        context->directory = directory;
        context->on_obsolete = [this](std::uint64_t number) { obsolete_.push_back(number); };
        context_ = std::move(context);
    }
    TableYard(const TableYard&) = delete;
    TableYard& operator=(const TableYard&) = delete;

    /// Writes a table with the versions, given as text and sorted.
    std::shared_ptr<const LiveTable> table(std::uint64_t number, std::string_view versions) {
        return table(number, parse_versions(versions));
    }
    std::shared_ptr<const LiveTable> table(std::uint64_t number,
                                           const std::vector<test::Version>& versions) {
        const TableBuilderOptions options{.number = number, .block_size = 256, .created_ms = 1000};
        auto builder = must(TableBuilder::create(*files_, directory, options));
        for (const test::Version& version : versions) {
            must(builder->add(version.entry()));
        }
        return std::make_shared<const LiveTable>(context_, must(builder->finish()));
    }

    [[nodiscard]] const std::shared_ptr<StrictFileSystem>& files() const { return files_; }
    [[nodiscard]] const std::shared_ptr<const TableContext>& context() const { return context_; }
    [[nodiscard]] std::vector<std::uint64_t>& obsolete() { return obsolete_; }
    [[nodiscard]] static std::string path(std::uint64_t number) {
        return file_path(directory, FileType::table, number);
    }

    static constexpr const char* directory = "/store";

  private:
    std::shared_ptr<StrictFileSystem> files_ = StrictFileSystem::create();
    std::vector<std::uint64_t> obsolete_{};
    std::shared_ptr<const TableContext> context_{};
};

/// All entries that a cursor meets going forward, or backward, as text.
inline std::string walk(Cursor& cursor, bool forward = true) {
    std::string text;
    for (bool found = must(forward ? cursor.seek_first() : cursor.seek_last()); found;
         found = must(forward ? cursor.next() : cursor.prev())) {
        text += (text.empty() ? "" : " ") + to_text(cursor.entry());
    }
    return text;
}

}  // namespace strata::test
