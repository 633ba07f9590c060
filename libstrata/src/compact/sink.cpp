// SPDX-License-Identifier: Apache-2.0
#include "compact/sink.hpp"

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "base/file_name.hpp"
#include "table/verify.hpp"

#include <algorithm>
#include <utility>

namespace strata {
TableSink::TableSink(SinkOptions options) : options_{std::move(options)} {
    STRATA_ASSERT(options_.files != nullptr && options_.next_number);
    STRATA_ASSERT(std::ranges::is_sorted(options_.boundaries));
}

Status TableSink::add(const Entry& entry) {
    if (builder_ == nullptr || entry.key != last_key_) {
        if (must_cut_before(entry.key)) {
            STRATA_TRY(close_table());
        }
        if (builder_ == nullptr) {
            STRATA_TRY(open_table());
        }
        last_key_ = entry.key;
    }
    return builder_->add(entry);
}

bool TableSink::must_cut_before(Bytes key) {
    const std::size_t before = boundary_;
    while (boundary_ < options_.boundaries.size() && options_.boundaries[boundary_] <= key) {
        ++boundary_;
    }
    return builder_ != nullptr &&
           (boundary_ != before || builder_->size_estimate() >= options_.table_bytes);
}

Status TableSink::open_table() {
    TableBuilderOptions table = options_.table;
    table.number = options_.next_number();
    if (table.created_ms == 0) {
        table.created_ms = now_ms();
    }
    created_.push_back(table.number);
    builder_ = STRATA_TRY(TableBuilder::create(*options_.files, options_.directory, table));
    return {};
}

Status TableSink::close_table() {
    TableFacts facts = STRATA_TRY(builder_->finish());
    const std::uint64_t entry_sum = builder_->entry_sum();
    builder_.reset();
    STRATA_TRY(read_back(*options_.files, path_of(facts.number), facts, entry_sum));
    bytes_written_ += facts.length;
    finished_.push_back(std::move(facts));
    return {};
}

Result<std::vector<TableFacts>> TableSink::finish() {
    if (builder_ != nullptr) {
        STRATA_TRY(close_table());
    }
    if (!finished_.empty()) {
        STRATA_TRY(options_.files->sync_directory(options_.directory));
    }
    return std::move(finished_);
}

void TableSink::abandon() {
    builder_.reset();
    for (const std::uint64_t number : created_) {
        static_cast<void>(options_.files->unlink(path_of(number)));
    }
    created_.clear();
    finished_.clear();
}

std::string TableSink::path_of(std::uint64_t number) const {
    return file_path(options_.directory, FileType::table, number);
}

}  // namespace strata
