// SPDX-License-Identifier: Apache-2.0
#include "compact/picker.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace strata {
namespace {

/// A table that is at least one eighth of a full one is large: it is not worth rewriting only to
/// have fewer tables.
constexpr std::uint64_t large_table_divisor = 8;

std::uint64_t bytes_of(const RunShape& run) {
    std::uint64_t bytes = 0;
    for (const TableFacts* table : run.tables) {
        bytes += table->length;
    }
    return bytes;
}

std::uint64_t entries_of(const RunShape& run) {
    std::uint64_t entries = 0;
    for (const TableFacts* table : run.tables) {
        entries += table->entries;
    }
    return entries;
}

std::uint64_t deletes_of(const RunShape& run) {
    std::uint64_t deletes = 0;
    for (const TableFacts* table : run.tables) {
        deletes += table->deletes;
    }
    return deletes;
}

/// Whether deletes fill a table that could do without them.
bool is_full_of_tombstones(const TableFacts& table, const PickOptions& options) {
    return table.deletes * 10 >= table.entries * 3 && table.sequence_max <= options.droppable;
}

/// Input tables whose ranges overlap, directly or through others; alone or not.
struct Cluster {
    std::vector<const TableFacts*> tables{};
    bool rewrite = false;
};

std::vector<Cluster> cluster(const VersionShape& shape, const Plan& plan) {
    std::vector<const TableFacts*> tables;
    for (std::size_t i = plan.first; i < plan.first + plan.count; ++i) {
        tables.insert(tables.end(), shape[i].tables.begin(), shape[i].tables.end());
    }
    std::ranges::sort(tables, {}, [](const TableFacts* table) { return Bytes{table->key_min}; });
    std::vector<Cluster> clusters;
    Bytes end;
    for (const TableFacts* table : tables) {
        if (clusters.empty() || table->key_min > end) {
            clusters.emplace_back();
            end = table->key_max;
        }
        clusters.back().tables.push_back(table);
        end = std::max(end, Bytes{table->key_max});
    }
    return clusters;
}

/// Fills in which tables of the inputs are rewritten and which are kept.
void divide_tables(const VersionShape& shape, const PickOptions& options, Plan& plan) {
    std::vector<Cluster> clusters = cluster(shape, plan);
    const auto is_small = [&](const Cluster& one) {
        return one.tables.front()->length < options.table_bytes / large_table_divisor;
    };
    for (Cluster& one : clusters) {
        one.rewrite = one.tables.size() > 1 ||
                      (plan.oldest && is_full_of_tombstones(*one.tables.front(), options));
    }
    // A small table comes along when a neighbour in key order is rewritten or small too.
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        const bool after = i > 0 && (clusters[i - 1].rewrite || is_small(clusters[i - 1]));
        const bool before =
            i + 1 < clusters.size() && (clusters[i + 1].rewrite || is_small(clusters[i + 1]));
        if (is_small(clusters[i]) && (after || before)) {
            clusters[i].rewrite = true;
        }
    }
    for (const Cluster& one : clusters) {
        for (const TableFacts* table : one.tables) {
            (one.rewrite ? plan.rewrite : plan.keep).push_back(table->number);
        }
    }
}

Plan make_plan(const VersionShape& shape, std::size_t first, std::size_t count,
               std::uint32_t tier) {
    const bool oldest = first + count == shape.size();
    return Plan{
        .first = first, .count = count, .tier = oldest ? tier_last : tier, .oldest = oldest};
}

bool is_any_busy(const VersionShape& shape) { return std::ranges::any_of(shape, &RunShape::busy); }

/// Rules 1 and 2: the reason to merge everything, if there is one.
std::optional<PlanReason> reason_for_all(const VersionShape& shape, const PickOptions& options) {
    if (shape.size() < 2 || is_any_busy(shape)) {
        return {};
    }
    const RunShape& last = shape.back();
    std::uint64_t bytes = 0;
    std::uint64_t deletes = 0;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) {
        bytes += bytes_of(shape[i]);
        deletes += deletes_of(shape[i]);
    }
    const auto last_bytes = static_cast<double>(bytes_of(last));
    const auto last_entries = static_cast<double>(entries_of(last));
    const double hidden = static_cast<double>(deletes) * last_bytes / last_entries;
    const bool worth_it = shape.size() - 1 >= runs_per_tier || options.idle ||
                          bytes >= runs_per_tier * options.flush_bytes;
    if (worth_it && static_cast<double>(bytes) + hidden >= (options.space_amp - 1) * last_bytes) {
        return PlanReason::space;
    }
    if (static_cast<double>(deletes) * 2 >= last_entries) {
        return PlanReason::tombstones;
    }
    return {};
}

/// Rule 3 for one tier.
std::optional<Plan> pick_tier(const VersionShape& shape, std::uint32_t tier) {
    std::size_t begin = 0;
    while (begin < shape.size()) {
        // [begin, end): idle runs up to this tier, without those at the new end that are below it.
        if (shape[begin].busy || shape[begin].tier != tier) {
            ++begin;
            continue;
        }
        std::size_t end = begin;
        std::size_t runs = 0;
        while (end < shape.size() && !shape[end].busy && shape[end].tier <= tier) {
            runs += shape[end].tier == tier ? 1U : 0U;
            ++end;
        }
        if (runs >= runs_per_tier) {
            return make_plan(shape, begin, end - begin, tier + 1);
        }
        begin = end;
    }
    return {};
}

/// Rule 3 where the next tier is the last one: everything older comes along.
std::optional<Plan> reach_last_run(const VersionShape& shape, Plan plan) {
    if (plan.tier < tier_last || plan.oldest) {
        return plan;
    }
    for (std::size_t i = plan.first + plan.count; i < shape.size(); ++i) {
        if (shape[i].busy) {
            return {};
        }
    }
    return make_plan(shape, plan.first, shape.size() - plan.first, tier_last);
}

/// Rule 4.
std::optional<Plan> pick_tombstones(const VersionShape& shape, const PickOptions& options) {
    if (shape.empty() || shape.back().busy) {
        return {};
    }
    Plan plan = make_plan(shape, shape.size() - 1, 1, tier_last);
    plan.reason = PlanReason::tombstones;
    for (const TableFacts* table : shape.back().tables) {
        const bool full = is_full_of_tombstones(*table, options);
        (full ? plan.rewrite : plan.keep).push_back(table->number);
    }
    return plan.rewrite.empty() ? std::optional<Plan>{} : plan;
}

}  // namespace

std::optional<Plan> pick(const VersionShape& shape, const PickOptions& options) {
    if (const auto reason = reason_for_all(shape, options)) {
        Plan plan = make_plan(shape, 0, shape.size(), tier_last);
        plan.reason = *reason;
        divide_tables(shape, options, plan);
        return plan;
    }
    for (std::uint32_t tier = 0; tier < tier_last; ++tier) {
        auto plan = pick_tier(shape, tier);
        if (plan) {
            plan = reach_last_run(shape, *plan);
        }
        if (plan) {
            divide_tables(shape, options, *plan);
            return plan;
        }
    }
    return pick_tombstones(shape, options);
}

std::optional<Plan> plan_full(const VersionShape& shape) {
    if (shape.empty() || is_any_busy(shape)) {
        return {};
    }
    Plan plan = make_plan(shape, 0, shape.size(), tier_last);
    plan.reason = PlanReason::manual;
    for (const RunShape& run : shape) {
        for (const TableFacts* table : run.tables) {
            plan.rewrite.push_back(table->number);
        }
    }
    return plan;
}

}  // namespace strata
