// SPDX-License-Identifier: Apache-2.0
#include "common/usage_sum.hpp"

#include <string_view>
#include <vector>

namespace strata::tools {
namespace {

// More rows than anybody reads; what lies beyond is counted together.
constexpr std::size_t rows_max = 100'000;

// The group of a key: up to the depth-th separator behind the common prefix, with it; or only up to
// the last separator there is, as a file counts for its directory.
Bytes group_of(Bytes key, std::size_t common, std::string_view separators, std::uint64_t depth) {
    std::size_t end = common;
    for (std::uint64_t level = 0; level < depth; ++level) {
        const std::size_t at = key.find_first_of(separators, end);
        if (at == Bytes::npos) {
            break;
        }
        end = at + 1;
    }
    return key.substr(0, end);
}

std::vector<Cell> row(Cell name, const Usage& usage) {
    return {std::move(name), usage.keys, Size{usage.live}, Size{usage.overwritten},
            Size{usage.tombstones}};
}

}  // namespace

void UsageSum::add(const Iterator& at) {
    const bool newest = usage_ == nullptr || at.key() != key_;
    if (newest) {
        key_ = at.key();
        usage_ = &usage_of(group_of(key_, common_, separators_, depth_));
    }
    const std::uint64_t bytes = at.key().size() + at.value().size();
    if (!newest) {
        usage_->overwritten += bytes;
    } else if (at.deleted()) {
        usage_->tombstones += bytes;
    } else {
        usage_->live += bytes;
        ++usage_->keys;
    }
}

Sheet UsageSum::sheet(bool obsolete_only) const {
    Sheet sheet{.columns = {"prefix", "keys", "live", "overwritten", "tombstones"}};
    Usage total = rest_;
    for (const auto& [prefix, usage] : groups_) {
        total += usage;
        if (usage.obsolete() != 0 || !obsolete_only) {
            sheet.rows.push_back(row(KeyCell{prefix}, usage));
        }
    }
    if (rest_.keys + rest_.obsolete() != 0) {
        sheet.rows.push_back(row(std::string{"(more)"}, rest_));
    }
    sheet.rows.push_back(row(std::string{"(total)"}, total));
    return sheet;
}

Usage& UsageSum::usage_of(Bytes group) {
    const auto found = groups_.find(group);
    if (found != groups_.end()) {
        return found->second;
    }
    return groups_.size() < rows_max ? groups_[std::string{group}] : rest_;
}

}  // namespace strata::tools
