// SPDX-License-Identifier: Apache-2.0
#include "version/live_table.hpp"

#include "base/file_name.hpp"

#include <utility>

namespace strata {

LiveTable::LiveTable(std::shared_ptr<const TableContext> context, TableFacts facts)
    : context_{std::move(context)}, facts_{std::move(facts)} {}

LiveTable::~LiveTable() {
    if (obsolete_.load(std::memory_order_relaxed) && context_->on_obsolete) {
        context_->on_obsolete(facts_.number);
    }
}

std::string LiveTable::path() const {
    return file_path(context_->directory, FileType::table, facts_.number);
}

Result<const Table*> LiveTable::table() const {
    if (const Table* open = table_if_open()) {
        return open;
    }
    const MutexLock lock{mutex_};
    if (table_ == nullptr) {
        table_ = STRATA_TRY(
            Table::open(*context_->files, path(),
                        TableIdentity{.number = facts_.number, .footer_check = facts_.footer_check},
                        context_->cache, context_->mapped));
        ready_.store(table_.get(), std::memory_order_release);
    }
    return table_.get();
}

}  // namespace strata
