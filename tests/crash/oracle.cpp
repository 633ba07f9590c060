// SPDX-License-Identifier: Apache-2.0
#include "crash/oracle.hpp"

#include "support/must.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace strata::test {
namespace {

const char* policy_name(CrashPolicy policy) {
    switch (policy) {
        case CrashPolicy::drop:
            return "drop";
        case CrashPolicy::keep:
            return "keep";
        case CrashPolicy::torn:
            return "torn";
    }
    return "";
}

/// The start of a key or value, with a dot for every byte that is not a letter or the like.
std::string shown(std::string bytes) {
    const std::string size = " (" + std::to_string(bytes.size()) + " bytes)";
    bytes.resize(std::min<std::size_t>(bytes.size(), 20));
    for (char& c : bytes) {
        c = c < ' ' || c > '~' ? '.' : c;
    }
    return bytes + size;
}

Options options_on(const Cut& cut) {
    Options options;
    options.file_system = cut.disk;
    return options;
}

std::string compare_scan(Store& store, const State& state, bool reverse, const Snapshot* snapshot) {
    const std::string way = reverse ? "reverse scan: " : "scan: ";
    auto iterator = store.scan({.reverse = reverse, .snapshot = snapshot});
    if (!iterator) {
        return way + iterator.error().message;
    }
    std::vector<std::pair<std::string, std::string>> expected{state.entries.begin(),
                                                              state.entries.end()};
    if (reverse) {
        expected.assign(state.entries.rbegin(), state.entries.rend());
    }
    for (const auto& [key, value] : expected) {
        const auto more = (*iterator)->next();
        if (!more) {
            return way + more.error().message;
        }
        if (!*more || (*iterator)->key() != key || (*iterator)->value() != value) {
            const std::string found = *more ? shown(std::string{(*iterator)->key()}) + "=" +
                                                  shown(std::string{(*iterator)->value()})
                                            : std::string{"the end"};
            return way + "expected " + key + "=" + shown(value) + ", found " + found;
        }
    }
    const auto more = (*iterator)->next();
    if (!more) {
        return way + more.error().message;
    }
    return *more ? way + "one key too many: " + std::string{(*iterator)->key()} : std::string{};
}

/// The state of an open store, by its last sequence.
Found identify(Store& store, const Cut& cut, const History& history,
               const std::set<std::string>& keys) {
    const Sequence last = store.last_sequence();
    const auto index = history.find(last);
    if (!index) {
        return {.wrong = "sequence " + std::to_string(last) + " is inside a batch or beyond"};
    }
    Found found{.state = *index};
    if (*index < cut.least || *index > cut.most) {
        found.wrong = "batches up to " + std::to_string(*index) + " are there, expected from " +
                      std::to_string(cut.least) + " to " + std::to_string(cut.most);
        return found;
    }
    if (last < cut.visible) {
        found.wrong = "a reader had seen operation " + std::to_string(cut.visible) +
                      ", only those up to " + std::to_string(last) + " are there";
        return found;
    }
    if (cut.exists && store.open_report().created) {
        found.wrong = "a new store was created over the one that was there";
        return found;
    }
    found.wrong = compare(store, history.state(*index), keys);
    return found;
}

}  // namespace

const char* const store_directory = "/db";

Sequence History::begin(const Changes& changes) {
    State next = states_.back();
    for (const Change& change : changes) {
        ++next.last;
        written_.insert(change.key);
        if (change.value) {
            next.entries[change.key] = *change.value;
        } else {
            next.entries.erase(change.key);
        }
    }
    states_.push_back(std::move(next));
    begun_.fetch_add(1);
    return states_.back().last;
}

void History::reject() {
    states_.pop_back();
    begun_.fetch_sub(1);
}

std::set<std::string> History::keys() const {
    std::set<std::string> keys = written_;
    for (const auto& [key, value] : states_.front().entries) {
        keys.insert(key);
    }
    return keys;
}

std::optional<std::size_t> History::find(Sequence last) const {
    const auto at = std::lower_bound(
        states_.begin(), states_.end(), last,
        [](const State& state, Sequence sequence) { return state.last < sequence; });
    if (at == states_.end() || at->last != last) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(at - states_.begin());
}

bool changes_disk(const FileCall& call, FileSystem& disk) {
    if (call.name == "open") {
        // Opening creates only what is not there.
        const auto status = disk.status(call.path);
        return status && !*status;
    }
    static constexpr std::array<std::string_view, 5> looks{"read", "size", "status", "list",
                                                           "write_text"};
    for (const std::string_view look : looks) {
        if (call.name == look) {
            return false;
        }
    }
    return true;
}

Cutter::Cutter(std::shared_ptr<StrictFileSystem> disk, const History& history, std::uint64_t seed,
               unsigned torn)
    : disk_{std::move(disk)}, history_{history}, seed_{seed}, torn_{torn} {}

void Cutter::before(const FileCall& call) {
    if (!changes_disk(call, *disk_)) {
        return;
    }
    const std::string where = std::to_string(call.index) + " " + call.name + " " + call.path + ", ";
    // What is durable changes only by a sync, and what has to be durable only grows between two of
    // them: just before the next one says most.
    if (call.name == "sync" || call.name == "sync_directory") {
        cut(CrashPolicy::drop, 0, where);
    }
    cut(CrashPolicy::keep, 0, where);
    for (unsigned i = 0; i < torn_; ++i) {
        cut(CrashPolicy::torn, seed_ + call.index * 64 + i, where);
    }
}

void Cutter::cut(CrashPolicy policy, std::uint64_t seed, const std::string& where) {
    Cut cut;
    // In this order: what is durable now must be on the copy, what is on it was begun by then.
    cut.exists = history_.exists();
    cut.least = history_.durable();
    if (const Store* store = store_.load()) {
        cut.visible = store->last_sequence();
    }
    cut.disk = disk_->crash_clone(policy, seed);
    cut.most = history_.begun();
    cut.where = where + policy_name(policy) + " " + std::to_string(seed);
    const std::lock_guard lock{mutex_};
    cuts_.push_back(std::move(cut));
}

std::vector<Cut> Cutter::take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(cuts_, {});
}

Batch batch_of(const Changes& changes) {
    Batch batch;
    for (const Change& change : changes) {
        must(change.value ? batch.put(change.key, *change.value) : batch.del(change.key));
    }
    return batch;
}

std::string compare(Store& store, const State& state, const std::set<std::string>& keys,
                    const Snapshot* snapshot) {
    for (const bool reverse : {false, true}) {
        if (std::string wrong = compare_scan(store, state, reverse, snapshot); !wrong.empty()) {
            return wrong;
        }
    }
    for (const std::string& key : keys) {
        const auto value = store.get(key, {.snapshot = snapshot});
        if (!value) {
            return "get " + key + ": " + value.error().message;
        }
        const auto expected = state.entries.find(key);
        const bool there = expected != state.entries.end();
        if (value->has_value() != there ||
            (there && (*value)->bytes() != Bytes{expected->second})) {
            return "get " + key + ": expected " + (there ? shown(expected->second) : "nothing") +
                   ", found " +
                   (value->has_value() ? shown(std::string{(*value)->bytes()}) : "nothing");
        }
    }
    return {};
}

Found verify_read_only(const Cut& cut, const History& history) {
    Options options = options_on(cut);
    options.read_only = true;
    auto store = open(store_directory, options);
    if (!store) {
        const bool may_be_missing = store.error().code == ErrorCode::not_found && !cut.exists;
        return {.wrong = may_be_missing ? std::string{} : "open: " + store.error().message};
    }
    return identify(**store, cut, history, history.keys());
}

Found verify_open(const Cut& cut, const History& history, std::uint64_t seed) {
    auto opened = open(store_directory, options_on(cut));
    if (!opened) {
        return {.wrong = "open: " + opened.error().message};
    }
    Store& store = **opened;
    Found found = identify(store, cut, history, history.keys());
    if (!found.wrong.empty()) {
        return found;
    }
    const auto checked = store.check();
    if (!checked) {
        return {.wrong = "check: " + checked.error().message};
    }
    if (!checked->findings.empty()) {
        return {.wrong = "check: " + checked->findings.front().file + ": " +
                         checked->findings.front().message};
    }
    History next{history.state(found.state)};
    const Changes changes{{"k01", "after the cut"}, {"k02", {}}, {"after", std::to_string(seed)}};
    const Sequence expected = next.begin(changes);
    const auto written = store.write(batch_of(changes), {.sync = SyncMode::sync()});
    if (!written) {
        return {.wrong = "write after recovery: " + written.error().message};
    }
    if (*written != expected) {
        return {.wrong = "write after recovery: sequence " + std::to_string(*written) +
                         ", expected " + std::to_string(expected)};
    }
    static constexpr std::array<CrashPolicy, 3> policies{CrashPolicy::drop, CrashPolicy::keep,
                                                         CrashPolicy::torn};
    Cut again{.disk = cut.disk->crash_clone(policies[seed % policies.size()], seed),
              .least = 1,
              .most = 1,
              .exists = true};
    if (const Found second = verify_read_only(again, next); !second.wrong.empty()) {
        found.wrong = "recovered, written, cut again: " + second.wrong;
    }
    return found;
}

}  // namespace strata::test
