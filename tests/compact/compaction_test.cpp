// SPDX-License-Identifier: Apache-2.0
// Proves that flushes and compactions together never change what a read finds: a small store of
// versions without a log, driven by random writes, snapshots, flushes and picked plans, some of
// them under way while others finish. Every read at every snapshot, at the newest sequence and from
// the history floor on is compared with the list of all operations; files that nobody names are
// gone.
#include "compact/compaction.hpp"

#include "base/hash.hpp"
#include "compact/merge.hpp"
#include "support/random.hpp"
#include "version/manifest_file.hpp"
#include "version/version_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

using namespace strata;
using namespace strata::test;

namespace {

constexpr std::uint64_t keys_max = 40;

class SmallStore {
  public:
    /// A store that may waste much space has tiers above its last run, another mostly has not.
    explicit SmallStore(Random& random)
        : random_{random}, space_amp_{random.one_in(2) ? 1.25 : 100} {}

    void write() {
        test::Version version{.key = random_key(), .sequence = ++last_};
        if (random_.one_in(delete_one_in_)) {
            version.kind = Kind::del;
        } else {
            version.value = random_.bytes(random_.below(60));
        }
        history_[version.key].emplace(last_, version);
        memtable_.push_back(std::move(version));
    }

    void take_snapshot() { snapshots_.insert(last_); }
    void drop_snapshot() {
        if (!snapshots_.empty()) {
            auto one = snapshots_.begin();
            std::advance(one, random_.below(snapshots_.size()));
            snapshots_.erase(one);
        }
    }

    void flush() {
        if (memtable_.empty()) {
            return;
        }
        MergeInput input = merge_input(std::make_unique<VectorCursor>(memtable_));
        input.limits.older_may_contain = runs_may_contain(version_);
        const MergeResult result = must(run_merge(std::move(input)));
        memtable_.clear();
        install(flush_edit(live(result.tables)), result.history_floor);
    }

    /// Begins what the picker wants, if anything; several may be under way.
    void begin(bool full) {
        const auto shape = shape_of(*version_, [&](const Run* run) { return is_busy(run); });
        const auto oldest = snapshots_.empty() ? sequence_max : *snapshots_.begin();
        const auto plan = full ? plan_full(shape)
                               : pick(shape, {.space_amp = space_amp_,
                                              .flush_bytes = 2000,
                                              .table_bytes = table_bytes,
                                              .droppable = oldest,
                                              .idle = random_.one_in(20)});
        if (plan) {
            ++plans_;
            joins_ += plan->rewrite.empty() ? 1U : 0U;
            inner_ += plan->oldest ? 0U : 1U;
            partial_ += !plan->rewrite.empty() && !plan->keep.empty() ? 1U : 0U;
            under_way_.push_back(Compaction{version_, *plan});
        }
    }

    /// Ends one of those under way.
    void end() {
        if (under_way_.empty()) {
            return;
        }
        const auto one =
            under_way_.begin() + static_cast<std::ptrdiff_t>(random_.below(under_way_.size()));
        const Compaction compaction = *one;
        under_way_.erase(one);
        if (compaction.is_join()) {
            install(compaction.edit({}), 0);
            return;
        }
        MergeInput input = merge_input(compaction.cursor());
        input.limits.older_may_contain = compaction.older_may_contain();
        input.sink.boundaries = compaction.boundaries();
        input.sink.table.tombstone_oldest_ms = compaction.tombstone_oldest_ms();
        const MergeResult result = must(run_merge(std::move(input)));
        dropped_ += result.dropped;
        install(compaction.edit(live(result.tables)), result.history_floor);
    }

    void check() {
        for (std::uint64_t i = 0; i < keys_max; ++i) {
            const std::string key = key_name(i);
            for (const Sequence at : snapshots_) {
                check_read(key, at);
            }
            for (Sequence at = std::max(floor_, last_ - std::min<Sequence>(last_, 30)); at <= last_;
                 ++at) {
                check_read(key, at);
            }
        }
    }

    /// Nothing but what the version names is left on disk.
    void check_files() {
        std::set<std::string> expected;
        for (const RunFacts& run : version_->facts()) {
            for (const TableFacts& table : run.tables) {
                expected.insert(file_name(FileType::table, table.number));
            }
        }
        for (const std::uint64_t number : yard_.obsolete()) {
            must(yard_.files()->unlink(yard_.path(number)));
        }
        yard_.obsolete().clear();
        const auto names = must(yard_.files()->list(TableYard::directory));
        std::set<std::string> found;
        std::ranges::copy_if(names, std::inserter(found, found.end()),
                             [](const auto& name) { return name.ends_with(".sst"); });
        CHECK(found == expected);
    }

    /// The version comes back from its manifest.
    void reopen() {
        Manifest manifest;
        manifest.number = next_number_++;
        manifest.next_number = next_number_;
        manifest.last_sequence = last_;
        manifest.runs = version_->facts();
        manifest.set_history_floor(floor_);
        must(save_manifest(*yard_.files(), TableYard::directory, manifest));
        const auto loaded = must(load_newest_manifest(*yard_.files(), TableYard::directory));
        REQUIRE(loaded == manifest);
        version_ = std::make_shared<const strata::Version>(loaded->runs, yard_.context());
        floor_ = loaded->history_floor();
    }

    [[nodiscard]] bool quiet() const { return under_way_.empty(); }
    [[nodiscard]] const strata::Version& version() const { return *version_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    [[nodiscard]] std::uint64_t joins() const { return joins_; }
    [[nodiscard]] std::uint64_t partial() const { return partial_; }
    /// Plans with an older run below their output.
    [[nodiscard]] std::uint64_t inner() const { return inner_; }
    void release_snapshots() { snapshots_.clear(); }
    [[nodiscard]] std::uint64_t live_keys() const {
        return static_cast<std::uint64_t>(std::ranges::count_if(history_, [](const auto& key) {
            return key.second.rbegin()->second.kind != Kind::del;
        }));
    }

  private:
    static constexpr std::uint64_t table_bytes = 700;

    static std::string key_name(std::uint64_t i) {
        return {static_cast<char>('a' + i / 10), static_cast<char>('0' + i % 10)};
    }

    /// Phases of writing to one part of the keys, or in key order, make disjoint tables, so that
    /// some are kept and some runs are joined.
    std::string random_key() {
        if (random_.one_in(in_order_ ? 60 : 12)) {
            in_order_ = random_.one_in(3);
            width_ = random_.between(1, random_.one_in(2) ? 2 : keys_max);
            from_ = random_.below(keys_max - width_ + 1);
            delete_one_in_ = random_.between(1, 8);
        }
        const std::uint64_t key = in_order_ ? from_++ : from_ + random_.below(width_);
        return key_name(key % keys_max);
    }

    MergeInput merge_input(std::unique_ptr<Cursor> cursor) {
        MergeInput input;
        input.cursor = std::move(cursor);
        input.limits.snapshots.assign(snapshots_.begin(), snapshots_.end());
        input.sink = SinkOptions{.files = yard_.files(),
                                 .directory = TableYard::directory,
                                 .table = {.block_size = 256},
                                 .table_bytes = table_bytes,
                                 .next_number = [this] { return next_number_++; }};
        return input;
    }

    std::vector<std::shared_ptr<const LiveTable>> live(const std::vector<TableFacts>& tables) {
        std::vector<std::shared_ptr<const LiveTable>> result;
        for (const TableFacts& facts : tables) {
            result.push_back(std::make_shared<const LiveTable>(yard_.context(), facts));
        }
        return result;
    }

    void install(const VersionEdit& edit, Sequence floor) {
        const auto next = apply(*version_, edit);
        REQUIRE(next->check().value_or("holds") == "holds");
        mark_obsolete(*version_, *next);
        version_ = next;
        floor_ = std::max(floor_, floor);
    }

    [[nodiscard]] bool is_busy(const Run* run) const {
        return std::ranges::any_of(under_way_, [&](const Compaction& compaction) {
            return std::ranges::any_of(compaction.inputs(),
                                       [&](const auto& input) { return input.get() == run; });
        });
    }

    [[nodiscard]] std::optional<test::Version> expected(const std::string& key, Sequence at) const {
        const auto versions = history_.find(key);
        if (versions == history_.end()) {
            return {};
        }
        const auto next = versions->second.upper_bound(at);
        if (next == versions->second.begin() || std::prev(next)->second.kind == Kind::del) {
            return {};
        }
        return std::prev(next)->second;
    }

    [[nodiscard]] std::optional<test::Version> found(const std::string& key, Sequence at) const {
        std::optional<test::Version> newest;
        for (const test::Version& version : memtable_) {
            if (version.key == key && version.sequence <= at) {
                newest = version;
            }
        }
        for (auto run = version_->runs().begin(); !newest && run != version_->runs().end(); ++run) {
            const LiveTable* live = (*run)->find(key);
            if (live == nullptr || !must(live->table())->may_contain(hash64(key, 0))) {
                continue;
            }
            if (const auto hit = must(must(live->table())->find(key, at))) {
                newest = to_version(hit->entry);
            }
        }
        return newest && newest->kind == Kind::del ? std::optional<test::Version>{} : newest;
    }

    void check_read(const std::string& key, Sequence at) const {
        CAPTURE(key);
        CAPTURE(at);
        REQUIRE(found(key, at) == expected(key, at));
    }

    Random& random_;
    double space_amp_;
    TableYard yard_{};
    std::shared_ptr<const strata::Version> version_ = std::make_shared<const strata::Version>();
    std::vector<test::Version> memtable_{};  ///< in commit order
    std::map<std::string, std::map<Sequence, test::Version>> history_{};
    std::set<Sequence> snapshots_{};
    std::vector<Compaction> under_way_{};
    Sequence last_ = 0;
    Sequence floor_ = 0;
    std::uint64_t next_number_ = 1;
    bool in_order_ = false;
    std::uint64_t from_ = 0;
    std::uint64_t width_ = keys_max;
    std::uint64_t delete_one_in_ = 4;
    std::uint64_t plans_ = 0;
    std::uint64_t joins_ = 0;
    std::uint64_t partial_ = 0;
    std::uint64_t inner_ = 0;
    std::uint64_t dropped_ = 0;
};

void act(SmallStore& store, Random& random) {
    switch (random.below(20)) {
        case 0:
            store.take_snapshot();
            break;
        case 1:
            store.drop_snapshot();
            break;
        case 2:
        case 3:
            store.flush();
            break;
        case 4:
        case 5:
        case 6:
            store.begin(random.one_in(30));
            break;
        case 7:
        case 8:
        case 9:
            store.end();
            break;
        case 10:
            if (store.quiet() && random.one_in(10)) {
                store.reopen();
            }
            break;
        default:
            store.write();
            break;
    }
}

}  // namespace

TEST_CASE("compaction: says what running a plan takes") {
    TableYard yard;
    const auto run_of = [&](std::uint32_t tier, std::vector<std::shared_ptr<const LiveTable>> t) {
        return std::make_shared<const Run>(tier, std::move(t));
    };
    const auto version = std::make_shared<const strata::Version>(std::vector{
        run_of(0, {yard.table(9, "a#90,put: b#91,put:")}),
        run_of(0, {yard.table(8, "a#80,put:"), yard.table(7, "x#80,put:")}),
        run_of(1, {yard.table(6, "a#70,put: c#71,del")}),
        run_of(2, {yard.table(5, "c#60,put:")}),
        run_of(7, {yard.table(4, "d#50,put: f#51,put:")}),
    });
    const Compaction compaction{
        version, Plan{.first = 1, .count = 2, .tier = 1, .rewrite = {8, 6}, .keep = {7}}};
    CHECK(walk(*compaction.cursor()) == "a#80,put: a#70,put: c#71,del");
    CHECK(compaction.boundaries() == std::vector<std::string>{"x"});
    CHECK(compaction.tombstone_oldest_ms() == 1000);
    CHECK(compaction.bytes() > 0);
    const auto may_contain = compaction.older_may_contain();
    CHECK(!may_contain("a"));
    CHECK(!may_contain("b"));
    CHECK(may_contain("c"));
    CHECK(may_contain("e"));
    CHECK(!may_contain("x"));
    CHECK(runs_may_contain(version)("x"));
    const VersionEdit edit = compaction.edit({yard.table(10, "a#80,put: c#71,del")});
    CHECK(edit.inputs == compaction.inputs());
    CHECK(edit.output->tier() == 1);
    CHECK(edit.output->tables().front()->facts().number == 10);
    CHECK(edit.output->tables().back()->facts().number == 7);
    CHECK(apply(*version, edit)->runs().size() == 4);
}

TEST_CASE("compaction: no read can tell what was flushed and merged") {
    Random random{test_seed(1)};
    INFO("STRATA_SEED=", random.seed());
    std::uint64_t dropped = 0;
    std::uint64_t joins = 0;
    std::uint64_t partial = 0;
    std::uint64_t inner = 0;
    for (int round = 0; round < 20; ++round) {
        SmallStore store{random};
        for (int i = 0; i < 1500; ++i) {
            act(store, random);
            if (random.one_in(25)) {
                store.check();
            }
        }
        while (!store.quiet()) {
            store.end();
        }
        store.check();
        // With nobody looking back, a full compaction leaves each live key once.
        store.release_snapshots();
        store.flush();
        store.begin(true);
        store.end();
        store.check();
        store.check_files();
        std::uint64_t entries = 0;
        REQUIRE(store.version().runs().size() <= 1);
        for (const RunFacts& run : store.version().facts()) {
            for (const TableFacts& table : run.tables) {
                entries += table.entries;
            }
        }
        CHECK(entries == store.live_keys());
        dropped += store.dropped();
        joins += store.joins();
        partial += store.partial();
        inner += store.inner();
    }
    // Else the test has not tried what it is for.
    CHECK(dropped > 1000);
    CHECK(joins > 0);
    CHECK(partial > 10);
    CHECK(inner > 10);
}
