// SPDX-License-Identifier: Apache-2.0
#include "version/version.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace strata {
namespace {

/// The first 8 bytes of a key as a number that compares as they do; shorter keys end in zeros.
std::uint64_t key_head(Bytes key) noexcept {
    std::uint64_t head = 0;
    std::memcpy(&head, key.data(), std::min(key.size(), sizeof head));
    return __builtin_bswap64(head);
}

}  // namespace

Run::Run(std::uint32_t tier, std::vector<std::shared_ptr<const LiveTable>> tables)
    : tier_{tier}, tables_{std::move(tables)} {
    STRATA_ASSERT(!tables_.empty());
    heads_.reserve(tables_.size());
    for (const auto& table : tables_) {
        heads_.push_back(key_head(table->facts().key_max));
        bytes_ += table->facts().length;
    }
}

std::size_t Run::lower_bound(Bytes key) const noexcept {
    // Only tables whose key_max shares 8 bytes with the key need more than their heads.
    const std::uint64_t head = key_head(key);
    const auto low = std::ranges::lower_bound(heads_, head);
    const auto high = std::upper_bound(low, heads_.end(), head);
    auto first = static_cast<std::size_t>(low - heads_.begin());
    auto last = static_cast<std::size_t>(high - heads_.begin());
    while (first < last) {
        const std::size_t middle = first + (last - first) / 2;
        if (tables_[middle]->facts().key_max < key) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first;
}

const LiveTable* Run::find(Bytes key) const noexcept {
    const std::size_t position = lower_bound(key);
    if (position == tables_.size() || key < tables_[position]->facts().key_min) {
        return nullptr;
    }
    return tables_[position].get();
}

RunFacts Run::facts() const {
    RunFacts facts{.tier = tier_};
    facts.tables.reserve(tables_.size());
    for (const auto& table : tables_) {
        facts.tables.push_back(table->facts());
    }
    return facts;
}

Version::Version(std::vector<std::shared_ptr<const Run>> runs) : runs_{std::move(runs)} {}

Version::Version(const std::vector<RunFacts>& runs,
                 const std::shared_ptr<const TableContext>& context) {
    for (const RunFacts& run : runs) {
        std::vector<std::shared_ptr<const LiveTable>> tables;
        tables.reserve(run.tables.size());
        for (const TableFacts& facts : run.tables) {
            tables.push_back(std::make_shared<const LiveTable>(context, facts));
        }
        runs_.push_back(std::make_shared<const Run>(run.tier, std::move(tables)));
    }
}

std::vector<RunFacts> Version::facts() const {
    std::vector<RunFacts> facts;
    facts.reserve(runs_.size());
    for (const auto& run : runs_) {
        facts.push_back(run->facts());
    }
    return facts;
}

std::optional<std::string> Version::check() const { return find_broken_invariant(facts()); }

std::shared_ptr<const Version> apply(const Version& version, const VersionEdit& edit) {
    std::vector<std::shared_ptr<const Run>> runs = version.runs();
    auto place = runs.begin();
    if (!edit.inputs.empty()) {
        place = std::ranges::find(runs, edit.inputs.front());
        STRATA_ASSERT(runs.end() - place >= std::ssize(edit.inputs));
        STRATA_ASSERT(std::equal(edit.inputs.begin(), edit.inputs.end(), place));
        place = runs.erase(place, place + std::ssize(edit.inputs));
    }
    if (edit.output != nullptr) {
        runs.insert(place, edit.output);
    }
    auto next = std::make_shared<const Version>(std::move(runs));
    STRATA_DEBUG_ASSERT(!next->check());
    return next;
}

void mark_obsolete(const Version& before, const Version& after) {
    std::unordered_set<const LiveTable*> alive;
    for (const auto& run : after.runs()) {
        for (const auto& table : run->tables()) {
            alive.insert(table.get());
        }
    }
    for (const auto& run : before.runs()) {
        for (const auto& table : run->tables()) {
            if (alive.count(table.get()) == 0) {
                table->mark_obsolete();
            }
        }
    }
}

}  // namespace strata
