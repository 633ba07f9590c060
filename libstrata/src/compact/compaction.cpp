// SPDX-License-Identifier: Apache-2.0
#include "compact/compaction.hpp"

#include "base/assert.hpp"
#include "entry/merge_cursor.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace strata {
namespace {

/// Whether one of the runs from `first` on has a table with the key in its range.
std::function<bool(Bytes)> may_contain_from(std::shared_ptr<const Version> version,
                                            std::size_t first) {
    return [held = std::move(version), first](Bytes key) {
        const auto& runs = held->runs();
        return std::any_of(runs.begin() + static_cast<std::ptrdiff_t>(first), runs.end(),
                           [key](const auto& run) { return run->find(key) != nullptr; });
    };
}

std::shared_ptr<const Run> make_run(std::uint32_t tier,
                                    std::vector<std::shared_ptr<const LiveTable>> tables) {
    return tables.empty() ? nullptr : std::make_shared<const Run>(tier, std::move(tables));
}

const std::string& least_key(const std::shared_ptr<const LiveTable>& table) {
    return table->facts().key_min;
}

}  // namespace

VersionShape shape_of(const Version& version, const std::function<bool(const Run*)>& is_busy) {
    VersionShape shape;
    shape.reserve(version.runs().size());
    for (const auto& run : version.runs()) {
        RunShape one{.tier = run->tier(), .busy = is_busy(run.get())};
        one.tables.reserve(run->tables().size());
        for (const auto& table : run->tables()) {
            one.tables.push_back(&table->facts());
        }
        shape.push_back(std::move(one));
    }
    return shape;
}

Compaction::Compaction(std::shared_ptr<const Version> version, Plan plan)
    : version_{std::move(version)}, plan_{std::move(plan)} {
    const auto& runs = version_->runs();
    STRATA_ASSERT(plan_.count > 0 && plan_.first + plan_.count <= runs.size());
    std::vector<std::uint64_t> keep = plan_.keep;
    std::ranges::sort(keep);
    std::size_t tables = 0;
    for (std::size_t i = plan_.first; i < plan_.first + plan_.count; ++i) {
        inputs_.push_back(runs[i]);
        std::vector<std::shared_ptr<const LiveTable>> rewrite;
        for (const auto& table : runs[i]->tables()) {
            const bool kept = std::ranges::binary_search(keep, table->facts().number);
            (kept ? kept_ : rewrite).push_back(table);
            ++tables;
        }
        if (auto run = make_run(runs[i]->tier(), std::move(rewrite))) {
            rewrite_.push_back(std::move(run));
        }
    }
    STRATA_ASSERT(kept_.size() == plan_.keep.size());
    STRATA_ASSERT(tables == plan_.keep.size() + plan_.rewrite.size());
    std::ranges::sort(kept_, {}, least_key);
}

std::unique_ptr<Cursor> Compaction::cursor() const {
    std::vector<std::unique_ptr<Cursor>> cursors;
    for (const auto& run : rewrite_) {
        cursors.push_back(run_cursor(run, CacheUse::none));
    }
    return merge_cursors(std::move(cursors));
}

std::function<bool(Bytes)> Compaction::older_may_contain() const {
    return may_contain_from(version_, plan_.first + plan_.count);
}

std::vector<std::string> Compaction::boundaries() const {
    std::vector<std::string> keys;
    for (const auto& table : kept_) {
        keys.push_back(table->facts().key_min);
    }
    return keys;
}

std::uint64_t Compaction::tombstone_oldest_ms() const {
    std::uint64_t oldest = 0;
    for (const auto& run : rewrite_) {
        for (const auto& table : run->tables()) {
            const std::uint64_t time = table->facts().tombstone_oldest_ms;
            if (time != 0 && (oldest == 0 || time < oldest)) {
                oldest = time;
            }
        }
    }
    return oldest;
}

std::uint64_t Compaction::bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& run : rewrite_) {
        bytes += run->bytes();
    }
    return bytes;
}

VersionEdit Compaction::edit(const std::vector<std::shared_ptr<const LiveTable>>& outputs) const {
    std::vector<std::shared_ptr<const LiveTable>> tables = kept_;
    tables.insert(tables.end(), outputs.begin(), outputs.end());
    std::ranges::sort(tables, {}, least_key);
    return {.inputs = inputs_, .output = make_run(plan_.tier, std::move(tables))};
}

std::function<bool(Bytes)> runs_may_contain(std::shared_ptr<const Version> version) {
    return may_contain_from(std::move(version), 0);
}

VersionEdit flush_edit(std::vector<std::shared_ptr<const LiveTable>> tables) {
    return {.output = make_run(0, std::move(tables))};
}

}  // namespace strata
