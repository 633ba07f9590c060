// SPDX-License-Identifier: Apache-2.0
#include "store/memory_store.hpp"

#include "base/error.hpp"
#include "entry/named_sequence.hpp"
#include "entry/operation.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <utility>

namespace strata {
namespace {

struct Version {
    Sequence sequence;
    std::shared_ptr<const std::string> value;  // null: deleted
};
// Versions of a key, newest last.
using Versions = std::vector<Version>;

// Shared by the store, its snapshots and iterators, so that each may go first.
struct State {
    std::shared_mutex mutex;
    std::map<std::string, Versions, std::less<>> keys;
    std::multiset<Sequence> snapshots;
    Sequence last = 0;
    Sequence floor = 0;  // reads below it may miss a version that was dropped
    bool closed = false;

    const Version* find(Bytes key, Sequence at) const {
        const auto found = keys.find(key);
        return found == keys.end() ? nullptr : newest(found->second, at);
    }
    // What is visible.
    static const Version* newest(const Versions& versions, Sequence at) {
        const Version* version = newest_stored(versions, at);
        return version != nullptr && version->value ? version : nullptr;
    }
    // Deletions too.
    static const Version* newest_stored(const Versions& versions, Sequence at) {
        for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
            if (it->sequence <= at) {
                return &*it;
            }
        }
        return nullptr;
    }
    // Drops versions that no snapshot can see.
    void trim(Versions& versions) {
        const Sequence oldest = snapshots.empty() ? last : *snapshots.begin();
        while (versions.size() > 1 && versions[1].sequence <= oldest) {
            floor = std::max(floor, versions[1].sequence);
            versions.erase(versions.begin());
        }
    }
    // The sequence of a read.
    Result<Sequence> sequence_of(const Snapshot* snapshot,
                                 const std::optional<Sequence>& at) const {
        if (!at) {
            return snapshot != nullptr ? snapshot->sequence() : last;
        }
        STRATA_TRY(check_sequence(
            {.at = *at, .floor = floor, .last = last, .with_snapshot = snapshot != nullptr}));
        return *at;
    }
};

Error closed_error() { return make_error(ErrorCode::closed, "the store is closed"); }

class MemorySnapshot : public Snapshot {
  public:
    /// Of the present, of the state that `other` holds, or of that at a sequence.
    static Result<std::unique_ptr<MemorySnapshot>> take(const std::shared_ptr<State>& state,
                                                        const Snapshot* other,
                                                        const std::optional<Sequence>& at) {
        const std::unique_lock lock{state->mutex};
        if (state->closed) {
            return closed_error();
        }
        const Sequence sequence = STRATA_TRY(state->sequence_of(other, at));
        state->snapshots.insert(sequence);
        return std::make_unique<MemorySnapshot>(state, sequence);
    }
    /// Takes over an entry of state->snapshots.
    MemorySnapshot(std::shared_ptr<State> state, Sequence sequence)
        : state_{std::move(state)}, sequence_{sequence} {}
    ~MemorySnapshot() override {
        const std::unique_lock lock{state_->mutex};
        state_->snapshots.erase(state_->snapshots.find(sequence_));
    }
    [[nodiscard]] Sequence sequence() const noexcept override { return sequence_; }

  private:
    std::shared_ptr<State> state_;
    Sequence sequence_ = 0;
};

class MemoryIterator : public Iterator {
  public:
    MemoryIterator(std::shared_ptr<State> state, ScanOptions options,
                   std::unique_ptr<MemorySnapshot> pin)
        : state_{std::move(state)},
          options_{std::move(options)},
          at_{pin->sequence()},
          pin_{std::move(pin)} {}

    Result<bool> next() override {
        if (done_) {
            return false;
        }
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        if (options_.all_versions && standing_ && step_older()) {
            return true;
        }
        if (!started_) {
            started_ = true;
            return options_.reverse ? step_back(start_reverse()) : step(start_forward());
        }
        return options_.reverse ? step_back(state_->keys.lower_bound(key_))
                                : step(state_->keys.upper_bound(key_));
    }

    Result<bool> seek(Bytes key) override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        started_ = true;
        done_ = false;
        if (options_.reverse) {
            const auto start = start_reverse();
            const auto found = state_->keys.upper_bound(key);
            const bool beyond = start == state_->keys.end() ||
                                (found != state_->keys.end() && found->first < start->first);
            return step_back(beyond ? found : start);
        }
        const auto start = start_forward();
        const bool before = start == state_->keys.end() || key < start->first;
        return step(before ? start : state_->keys.lower_bound(key));
    }

    [[nodiscard]] Bytes key() const noexcept override { return key_; }
    [[nodiscard]] Bytes value() const noexcept override { return value_ ? Bytes{*value_} : ""; }
    [[nodiscard]] Sequence sequence() const noexcept override { return sequence_; }
    [[nodiscard]] bool deleted() const noexcept override { return !value_; }

  private:
    using Position = std::map<std::string, Versions, std::less<>>::const_iterator;

    // The first key inside the bounds.
    [[nodiscard]] Position start_forward() const {
        std::string low = options_.prefix;
        if (options_.from) {
            low = std::max(low, *options_.from);
        }
        if (options_.after && *options_.after >= low) {
            return state_->keys.upper_bound(*options_.after);
        }
        return state_->keys.lower_bound(low);
    }
    // One behind the last key inside the bounds.
    [[nodiscard]] Position start_reverse() const {
        Position high = state_->keys.end();
        const auto lower = [&](const std::string& bound) {
            const auto at = state_->keys.lower_bound(bound);
            if (at != state_->keys.end() &&
                (high == state_->keys.end() || at->first < high->first)) {
                high = at;
            }
        };
        if (options_.to) {
            lower(*options_.to);
        }
        if (options_.after) {
            lower(*options_.after);
        }
        std::string end = options_.prefix;
        while (!end.empty() && end.back() == '\xff') {
            end.pop_back();
        }
        if (!end.empty()) {
            end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
            lower(end);
        }
        return high;
    }
    [[nodiscard]] bool inside(Bytes key) const {
        return key.starts_with(options_.prefix) && (!options_.from || key >= *options_.from) &&
               (!options_.to || key < *options_.to) &&
               (!options_.after ||
                (options_.reverse ? key < *options_.after : key > *options_.after));
    }
    bool step(Position at) {
        for (; at != state_->keys.end() && inside(at->first); ++at) {
            if (take(*at)) {
                return true;
            }
        }
        return finish();
    }
    bool step_back(Position at) {
        while (at != state_->keys.begin()) {
            --at;
            if (!inside(at->first)) {
                break;
            }
            if (take(*at)) {
                return true;
            }
        }
        return finish();
    }
    bool finish() {
        done_ = true;
        standing_ = false;
        return false;
    }
    bool take(const std::pair<const std::string, Versions>& item) {
        const Version* version = options_.all_versions ? State::newest_stored(item.second, at_)
                                                       : State::newest(item.second, at_);
        if (version == nullptr) {
            return false;
        }
        key_ = item.first;
        show(*version);
        return true;
    }
    // Versions may have gone since the last call, even the one that is shown.
    bool step_older() {
        const auto found = state_->keys.find(key_);
        const Version* version = found == state_->keys.end() || sequence_ == 0
                                     ? nullptr
                                     : State::newest_stored(found->second, sequence_ - 1);
        if (version == nullptr) {
            return false;
        }
        show(*version);
        return true;
    }
    void show(const Version& version) {
        value_ = version.value;
        sequence_ = version.sequence;
        standing_ = true;
    }

    std::shared_ptr<State> state_;
    ScanOptions options_;
    Sequence at_;
    std::unique_ptr<MemorySnapshot> pin_;
    bool started_ = false;
    bool done_ = false;
    bool standing_ = false;  // a version is shown
    std::string key_;
    std::shared_ptr<const std::string> value_;
    Sequence sequence_ = 0;
};

class MemoryStore : public Store {
  public:
    MemoryStore() { report_.created = true; }

    Result<Sequence> write(const Batch& batch, const WriteOptions& /*options*/) override {
        if (batch.empty() && batch.conditions().empty()) {
            return invalid_argument("the batch is empty");
        }
        const std::unique_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        for (const Condition& condition : batch.conditions()) {
            if (!holds(condition)) {
                return make_error(ErrorCode::conflict, "a condition of the batch does not hold");
            }
        }
        OperationReader reader{batch.encoded()};
        Entry entry;
        while (reader.next(entry)) {
            Versions& versions = state_->keys[std::string{entry.key}];
            auto value = entry.kind == Kind::del ? nullptr
                                                 : std::make_shared<const std::string>(entry.value);
            versions.push_back({++state_->last, std::move(value)});
            state_->trim(versions);
            user_bytes_ += entry.key.size() + entry.value.size();
        }
        return state_->last;
    }

    Result<std::optional<Value>> get(Bytes key, const ReadOptions& options) override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        const Sequence at = STRATA_TRY(state_->sequence_of(options.snapshot, options.at));
        return read(key, at);
    }

    Result<std::vector<std::optional<Value>>> get_many(std::span<const Bytes> keys,
                                                       const ReadOptions& options) override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        const Sequence at = STRATA_TRY(state_->sequence_of(options.snapshot, options.at));
        std::vector<std::optional<Value>> values;
        values.reserve(keys.size());
        for (const Bytes key : keys) {
            values.push_back(read(key, at));
        }
        return values;
    }

    Result<std::unique_ptr<Iterator>> scan(const ScanOptions& options) override {
        // The iterator's own snapshot keeps the versions it walks, also those of a snapshot that
        // is let go before it.
        auto pin = STRATA_TRY(MemorySnapshot::take(state_, options.snapshot, options.at));
        return std::unique_ptr<Iterator>{
            std::make_unique<MemoryIterator>(state_, options, std::move(pin))};
    }

    Result<std::unique_ptr<Snapshot>> snapshot() override {
        auto taken = STRATA_TRY(MemorySnapshot::take(state_, nullptr, std::nullopt));
        return std::unique_ptr<Snapshot>{std::move(taken)};
    }

    Result<History> history(Bytes key, const HistoryOptions& options) override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        History history;
        history.floor = state_->floor;
        const auto found = state_->keys.find(key);
        if (found == state_->keys.end()) {
            return history;
        }
        const Versions& versions = found->second;
        for (auto it = versions.rbegin(); it != versions.rend() && !history.more; ++it) {
            history.more = options.limit != 0 && history.versions.size() == options.limit;
            if (!history.more) {
                history.versions.push_back({.sequence = it->sequence,
                                            .deleted = !it->value,
                                            .value_size = it->value ? it->value->size() : 0,
                                            .place = "memory",
                                            .file = {}});
            }
        }
        return history;
    }

    Result<Explanation> explain_get(Bytes key, const ReadOptions& options) override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        Explanation explanation;
        explanation.at = STRATA_TRY(state_->sequence_of(options.snapshot, options.at));
        explanation.history_floor = state_->floor;
        const auto found = state_->keys.find(key);
        if (found != state_->keys.end()) {
            count_versions(found->second, explanation);
        }
        const bool deleted = explanation.tombstones != 0;
        const char* verdict = deleted ? "tombstone" : "not there";
        verdict = explanation.found ? "found" : verdict;
        explanation.steps.push_back({.layer = "memory", .verdict = verdict});
        explanation.outcome = explanation.found ? "found" : "absent";
        explanation.outcome += " in the one map of a store in memory";
        return explanation;
    }
    Result<Explanation> explain_scan(const ScanOptions& options, std::uint64_t limit) override {
        const auto iterator = STRATA_TRY(scan(options));
        Explanation explanation;
        explanation.at = options.at.value_or(
            options.snapshot != nullptr ? options.snapshot->sequence() : last_sequence());
        while (limit == 0 || explanation.records < limit) {
            const bool more = STRATA_TRY(iterator->next());
            if (!more) {
                break;
            }
            ++explanation.records;
        }
        explanation.steps.push_back(
            {.layer = "memory", .verdict = "walked", .entries = explanation.records});
        explanation.outcome =
            fmt::format("{} records from the one map of a store in memory", explanation.records);
        return explanation;
    }
    Result<Explanation> explain_write(const Batch& batch,
                                      const WriteOptions& /*options*/) override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        Explanation explanation;
        explanation.at = state_->last;
        bool all_hold = true;
        for (const Condition& condition : batch.conditions()) {
            const bool now = holds(condition);
            all_hold = all_hold && now;
            explanation.steps.push_back(
                {.layer = "condition", .verdict = now ? "holds" : "does not hold"});
        }
        explanation.steps.push_back(
            {.layer = "memory", .verdict = "no log, no sync: gone when closed"});
        explanation.outcome = "conflict: a condition does not hold, nothing would be written";
        if (all_hold) {
            explanation.outcome =
                fmt::format("would be committed as sequence {}", state_->last + batch.operations());
        }
        return explanation;
    }

    Status sync() override { return check_open(); }
    Status flush() override { return check_open(); }
    Status compact() override {
        const std::unique_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        for (auto it = state_->keys.begin(); it != state_->keys.end();) {
            state_->trim(it->second);
            const bool dead = it->second.size() == 1 && !it->second.front().value;
            it = dead ? state_->keys.erase(it) : std::next(it);
        }
        return {};
    }
    Result<CheckpointReport> checkpoint(const std::string& directory) override {
        STRATA_TRY(check_open());
        return make_error(ErrorCode::unsupported,
                          "{}: a store in memory has no files to make a checkpoint of", directory);
    }
    Result<CheckReport> check(const CheckOptions& /*options*/) override {
        STRATA_TRY(check_open());
        return CheckReport{};
    }

    Result<Stats> stats() override {
        const std::shared_lock lock{state_->mutex};
        if (state_->closed) {
            return closed_error();
        }
        Stats stats;
        stats.store_id = "memory";
        stats.last_sequence = state_->last;
        stats.history_floor = state_->floor;
        stats.memtables = 1;
        stats.snapshots = state_->snapshots.size();
        stats.user_bytes_written = user_bytes_;
        return stats;
    }
    Result<std::vector<RunInfo>> runs() override {
        STRATA_TRY(check_open());
        return std::vector<RunInfo>{};
    }
    Result<std::vector<FileInfo>> files() override {
        STRATA_TRY(check_open());
        return std::vector<FileInfo>{};
    }

    Result<RangeEstimate> estimate(const ScanOptions& options) override {
        const auto iterator = STRATA_TRY(scan(options));
        RangeEstimate estimate;
        while (STRATA_TRY(iterator->next())) {
            ++estimate.entries;
            estimate.bytes += iterator->key().size() + iterator->value().size();
        }
        return estimate;
    }

    [[nodiscard]] const OpenReport& open_report() const noexcept override { return report_; }
    [[nodiscard]] Sequence last_sequence() const noexcept override {
        const std::shared_lock lock{state_->mutex};
        return state_->last;
    }

    Status close() override {
        const std::unique_lock lock{state_->mutex};
        state_->closed = true;
        return {};
    }

  private:
    Status check_open() const {
        const std::shared_lock lock{state_->mutex};
        return state_->closed ? Status{closed_error()} : Status{};
    }
    std::optional<Value> read(Bytes key, Sequence at) const {
        const Version* version = state_->find(key, at);
        if (version == nullptr) {
            return std::nullopt;
        }
        return Value{*version->value, version->sequence, version->value};
    }

    static void count_versions(const Versions& versions, Explanation& explanation) {
        bool answered = false;
        for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
            if (it->sequence > explanation.at) {
                ++explanation.too_new;
            } else if (answered) {
                ++explanation.shadowed;
            } else {
                answered = true;
                explanation.sequence = it->sequence;
                explanation.found = it->value != nullptr;
                explanation.value_size = it->value ? it->value->size() : 0;
                explanation.tombstones = it->value ? 0 : 1;
            }
        }
    }

    [[nodiscard]] bool holds(const Condition& condition) const {
        const Version* version = state_->find(condition.key, state_->last);
        if (std::holds_alternative<Condition::Absent>(condition.test)) {
            return version == nullptr;
        }
        if (version == nullptr) {
            return false;
        }
        if (const auto* at = std::get_if<Condition::AtSequence>(&condition.test)) {
            return version->sequence == at->sequence;
        }
        const auto* has = std::get_if<Condition::HasValue>(&condition.test);
        return has == nullptr || *version->value == has->value;
    }

    std::shared_ptr<State> state_ = std::make_shared<State>();
    OpenReport report_;
    std::uint64_t user_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Store> open_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace strata
