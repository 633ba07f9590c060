// SPDX-License-Identifier: Apache-2.0
#include "version/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace strata {
namespace {

bool key_size_is_legal(const std::string& key) noexcept {
    return !key.empty() && key.size() <= key_size_max;
}

/// Invariants 2, 3 and 4.
std::optional<std::string> problem_of_table(const TableFacts& table) {
    if (table.entries == 0 || table.deletes > table.entries || table.length == 0) {
        return fmt::format("invariant 2: table {} has length {}, {} entries, {} deletes",
                           table.number, table.length, table.entries, table.deletes);
    }
    if (!key_size_is_legal(table.key_min) || !key_size_is_legal(table.key_max) ||
        table.key_max < table.key_min) {
        return fmt::format(
            "invariant 3: table {} has a least key of {} bytes that is not at most "
            "its greatest of {} bytes, or one outside 1 to {}",
            table.number, table.key_min.size(), table.key_max.size(), key_size_max);
    }
    if (table.sequence_min == 0 || table.sequence_min > table.sequence_max ||
        table.sequence_max > sequence_max) {
        return fmt::format("invariant 4: table {} has sequences {} to {}", table.number,
                           table.sequence_min, table.sequence_max);
    }
    return {};
}

/// Invariants 1 to 5.
std::optional<std::string> problem_of_run(const RunFacts& run, std::size_t index) {
    if (run.tables.empty()) {
        return fmt::format("invariant 1: run {} has no table", index);
    }
    const TableFacts* previous = nullptr;
    for (const TableFacts& table : run.tables) {
        if (auto problem = problem_of_table(table)) {
            return problem;
        }
        if (previous != nullptr && previous->key_max >= table.key_min) {
            return fmt::format("invariant 5: tables {} and {} of run {} overlap", previous->number,
                               table.number, index);
        }
        previous = &table;
    }
    return {};
}

/// Invariant 6.
std::optional<std::string> problem_of_numbers(const std::vector<RunFacts>& runs) {
    std::vector<std::uint64_t> numbers;
    for (const RunFacts& run : runs) {
        for (const TableFacts& table : run.tables) {
            numbers.push_back(table.number);
        }
    }
    std::ranges::sort(numbers);
    const auto twin = std::ranges::adjacent_find(numbers);
    if (twin != numbers.end()) {
        return fmt::format("invariant 6: two tables have number {}", *twin);
    }
    return {};
}

Sequence least_sequence(const RunFacts& run) {
    return std::ranges::min_element(run.tables, {}, &TableFacts::sequence_min)->sequence_min;
}

Sequence greatest_sequence(const RunFacts& run) {
    return std::ranges::max_element(run.tables, {}, &TableFacts::sequence_max)->sequence_max;
}

/// Invariants 7 and 8, of a run and the next older one.
std::optional<std::string> problem_of_neighbours(const RunFacts& newer, const RunFacts& older,
                                                 std::size_t index) {
    if (newer.tier >= tier_last) {
        return fmt::format("invariant 7: run {} has tier {} and is not the oldest", index,
                           newer.tier);
    }
    if (least_sequence(newer) <= greatest_sequence(older)) {
        return fmt::format("invariant 8: run {} begins at sequence {}, the older one ends at {}",
                           index, least_sequence(newer), greatest_sequence(older));
    }
    return {};
}

}  // namespace

std::optional<std::string> find_broken_invariant(const std::vector<RunFacts>& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (auto problem = problem_of_run(runs[i], i)) {
            return problem;
        }
    }
    if (auto problem = problem_of_numbers(runs)) {
        return problem;
    }
    for (std::size_t i = 0; i + 1 < runs.size(); ++i) {
        if (auto problem = problem_of_neighbours(runs[i], runs[i + 1], i)) {
            return problem;
        }
    }
    if (!runs.empty() && runs.back().tier > tier_last) {
        return fmt::format("invariant 7: run {} has tier {}, the greatest is {}", runs.size() - 1,
                           runs.back().tier, tier_last);
    }
    return {};
}

}  // namespace strata
