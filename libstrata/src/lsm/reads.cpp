// SPDX-License-Identifier: Apache-2.0
#include "lsm/reads.hpp"

#include "base/error.hpp"
#include "base/hash.hpp"
#include "entry/bounds.hpp"
#include "entry/merge_cursor.hpp"
#include "entry/named_sequence.hpp"
#include "entry/version_cursor.hpp"
#include "entry/visible_cursor.hpp"

#include <utility>

namespace strata {
namespace {

std::optional<Value> from_memory(const ViewPtr& view, const Entry& entry) {
    if (entry.kind == Kind::del) {
        return std::nullopt;
    }
    return Value{entry.value, entry.sequence, view};
}

struct Wanted {
    Bytes key;
    std::uint64_t hash;  // hash64(key, 0), which all filters take
    Sequence at;
};

// A read with a recorder and one without are the same code, told or not at compile time: what is
// told is what happens, and a read that nobody listens to pays nothing.
template <bool told>
std::optional<Entry> find_in(const Memtable& memtable, const char* place, const Wanted& wanted,
                             ReadRecorder* recorder) {
    if constexpr (told) {
        recorder->enter(place, memtable);
    }
    std::optional<Entry> found;
    if (memtable.may_contain(wanted.hash)) {
        found = memtable.find(wanted.key, wanted.at);
    }
    if constexpr (told) {
        recorder->answer(nullptr, found ? &*found : nullptr);
    }
    return found;
}

template <bool told>
Result<std::optional<Value>> get_in_runs(const ViewPtr& view, const Wanted& wanted,
                                         ReadRecorder* recorder) {
    const auto& runs = view->version->runs();
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const LiveTable* live = runs[i]->find(wanted.key);
        if constexpr (told) {
            recorder->enter(i, *runs[i], live);
        }
        if (live == nullptr) {
            continue;
        }
        const Table* table = STRATA_TRY(live->table());
        const bool may_contain = table->may_contain(wanted.hash);
        if constexpr (told) {
            recorder->filtered(*table, may_contain);
        }
        if (!may_contain) {
            continue;
        }
        auto found =
            STRATA_TRY(table->find(wanted.key, wanted.at, told ? recorder->blocks() : nullptr));
        if constexpr (told) {
            recorder->answer(table, found ? &found->entry : nullptr);
        }
        if (!found) {
            continue;
        }
        if (found->entry.kind == Kind::del) {
            return std::optional<Value>{};
        }
        return std::optional<Value>{std::in_place, found->entry.value, found->entry.sequence,
                                    view,          &BlockPin::unpin,   found->pin.release()};
    }
    return std::optional<Value>{};
}

// Asks for the lines of all filters at once, so that a read waits for one of them instead of for
// each in turn.
void prefetch_filters(const ReadView& view, const Wanted& wanted) {
    if (view.active) {
        view.active->prefetch_filter(wanted.hash);
    }
    for (const SealedMemtable& sealed : view.sealed) {
        sealed.memtable->prefetch_filter(wanted.hash);
    }
    for (const auto& run : view.version->runs()) {
        const LiveTable* live = run->find(wanted.key);
        const Table* table = live != nullptr ? live->table_if_open() : nullptr;
        if (table != nullptr) {
            table->prefetch_filter(wanted.hash);
        }
    }
}

template <bool told>
Result<std::optional<Value>> get_layers(const ViewPtr& view, const Wanted& wanted,
                                        ReadRecorder* recorder) {
    prefetch_filters(*view, wanted);
    if (view->active) {
        if (const auto found = find_in<told>(*view->active, "memtable", wanted, recorder)) {
            return from_memory(view, *found);
        }
    }
    for (const SealedMemtable& sealed : view->sealed) {
        if (const auto found =
                find_in<told>(*sealed.memtable, "sealed memtable", wanted, recorder)) {
            return from_memory(view, *found);
        }
    }
    return get_in_runs<told>(view, wanted, recorder);
}

/// Over a VisibleCursor or a VersionCursor.
template <typename Walk>
class ViewIterator : public Iterator {
  public:
    ViewIterator(ViewPtr view, Walk cursor, std::shared_ptr<const std::atomic<bool>> closed)
        : view_{std::move(view)}, cursor_{std::move(cursor)}, closed_{std::move(closed)} {}

    Result<bool> next() override {
        if (closed_->load(std::memory_order_acquire)) {
            return closed_store_error();
        }
        return cursor_.next();
    }
    Result<bool> seek(Bytes key) override {
        if (closed_->load(std::memory_order_acquire)) {
            return closed_store_error();
        }
        return cursor_.seek(key);
    }
    [[nodiscard]] Bytes key() const noexcept override { return cursor_.key(); }
    [[nodiscard]] Bytes value() const noexcept override { return cursor_.value(); }
    [[nodiscard]] Sequence sequence() const noexcept override { return cursor_.sequence(); }
    [[nodiscard]] bool deleted() const noexcept override { return cursor_.kind() == Kind::del; }

  private:
    ViewPtr view_;  // before the cursor, which borrows from it
    Walk cursor_;
    std::shared_ptr<const std::atomic<bool>> closed_;
};

// The first table of the run that overlaps the bounds, or null.
const LiveTable* first_overlap(const Run& run, const VisibleBounds& bounds) {
    const std::size_t first = run.lower_bound(bounds.lower);
    const bool overlaps = first < run.tables().size() &&
                          (!bounds.upper || run.tables()[first]->facts().key_min < *bounds.upper);
    return overlaps ? run.tables()[first].get() : nullptr;
}

}  // namespace

Error closed_store_error() { return make_error(ErrorCode::closed, "the store is closed"); }

Result<Sequence> sequence_of(const ReadView& view, const ReadPoint& point) {
    if (!point.at) {
        return point.snapshot != nullptr ? point.snapshot->sequence() : point.newest;
    }
    STRATA_TRY(check_sequence({.at = *point.at,
                               .floor = view.history_floor,
                               .last = point.limit,
                               .with_snapshot = point.snapshot != nullptr}));
    return *point.at;
}

Result<std::optional<Value>> get_in(const ViewPtr& view, Bytes key, Sequence at,
                                    ReadRecorder* recorder) {
    const Wanted wanted{.key = key, .hash = hash64(key, 0), .at = at};
    return recorder == nullptr ? get_layers<false>(view, wanted, nullptr)
                               : get_layers<true>(view, wanted, recorder);
}

std::unique_ptr<Cursor> entries_in(const ReadView& view, const VisibleBounds& bounds,
                                   ReadRecorder* recorder) {
    std::vector<std::unique_ptr<Cursor>> cursors;
    const auto add = [&](std::unique_ptr<Cursor> cursor) {
        cursors.push_back(recorder != nullptr ? recorder->watch(std::move(cursor))
                                              : std::move(cursor));
    };
    const auto add_memtable = [&](const char* place, const Memtable& memtable) {
        if (recorder != nullptr) {
            recorder->enter(place, memtable);
        }
        add(memtable.cursor());
    };
    if (view.active && !view.active->empty()) {
        add_memtable("memtable", *view.active);
    }
    for (const SealedMemtable& sealed : view.sealed) {
        add_memtable("sealed memtable", *sealed.memtable);
    }
    const auto& runs = view.version->runs();
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const LiveTable* first = first_overlap(*runs[i], bounds);
        if (recorder != nullptr) {
            recorder->enter(i, *runs[i], first);
        }
        if (first != nullptr) {
            add(run_cursor(runs[i], CacheUse::fill,
                           recorder != nullptr ? recorder->blocks() : nullptr));
        }
    }
    return merge_cursors(std::move(cursors));
}

Result<std::unique_ptr<Iterator>> scan_in(const ViewPtr& view, const ScanOptions& options,
                                          Sequence at,
                                          std::shared_ptr<const std::atomic<bool>> closed) {
    VisibleBounds bounds = visible_bounds(options);
    auto entries = entries_in(*view, bounds);
    if (options.all_versions) {
        VersionCursor versions{std::move(entries), at, std::move(bounds)};
        return std::unique_ptr<Iterator>{std::make_unique<ViewIterator<VersionCursor>>(
            view, std::move(versions), std::move(closed))};
    }
    VisibleCursor cursor{std::move(entries), at, std::move(bounds)};
    return std::unique_ptr<Iterator>{
        std::make_unique<ViewIterator<VisibleCursor>>(view, std::move(cursor), std::move(closed))};
}

namespace {

// The part of a table that lies within the bounds, from 0 to 1, by its index if it is open.
Result<double> share_of(const LiveTable& live, const VisibleBounds& bounds) {
    const TableFacts& facts = live.facts();
    const bool whole =
        facts.key_min >= bounds.lower && (!bounds.upper || facts.key_max < *bounds.upper);
    if (whole) {
        return 1.0;
    }
    const Table* table = STRATA_TRY(live.table());
    const std::uint64_t end = table->data_end();
    const std::uint64_t from = table->offset_of(bounds.lower);
    const std::uint64_t to = bounds.upper ? table->offset_of(*bounds.upper) : end;
    return end == 0 || to <= from ? 0.0 : static_cast<double>(to - from) / static_cast<double>(end);
}

}  // namespace

Result<RangeEstimate> estimate_in(const ReadView& view, const ScanOptions& options) {
    const VisibleBounds bounds = visible_bounds(options);
    RangeEstimate estimate;
    if (bounds.empty()) {
        return estimate;
    }
    const std::optional<Bytes> upper =
        bounds.upper ? std::optional<Bytes>{*bounds.upper} : std::nullopt;
    const auto add_memtable = [&](const Memtable& memtable) {
        const std::uint64_t entries = memtable.count_between(bounds.lower, upper);
        estimate.entries += entries;
        if (entries > 0 && memtable.entries() > 0) {
            estimate.bytes += memtable.size() / memtable.entries() * entries;
        }
    };
    if (view.active) {
        add_memtable(*view.active);
    }
    for (const SealedMemtable& sealed : view.sealed) {
        add_memtable(*sealed.memtable);
    }
    for (const auto& run : view.version->runs()) {
        for (std::size_t i = run->lower_bound(bounds.lower); i < run->tables().size(); ++i) {
            const LiveTable& table = *run->tables()[i];
            if (bounds.upper && table.facts().key_min >= *bounds.upper) {
                break;
            }
            const double share = STRATA_TRY(share_of(table, bounds));
            estimate.entries +=
                static_cast<std::uint64_t>(share * static_cast<double>(table.facts().entries));
            estimate.bytes +=
                static_cast<std::uint64_t>(share * static_cast<double>(table.facts().length));
        }
    }
    return estimate;
}

std::vector<RunInfo> runs_in(const ReadView& view) {
    std::vector<RunInfo> runs;
    for (const RunFacts& facts : view.version->facts()) {
        RunInfo run{.number = runs.size(), .tier = facts.tier, .tables = {}};
        for (const TableFacts& table : facts.tables) {
            run.tables.push_back({.number = table.number,
                                  .size = table.length,
                                  .entries = table.entries,
                                  .deletes = table.deletes,
                                  .sequence_min = table.sequence_min,
                                  .sequence_max = table.sequence_max,
                                  .key_min = table.key_min,
                                  .key_max = table.key_max});
        }
        runs.push_back(std::move(run));
    }
    return runs;
}

}  // namespace strata
