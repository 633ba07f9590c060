// SPDX-License-Identifier: Apache-2.0
#include "stress/model.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace strata::tools {
namespace {

Entry entry_of(const std::string& key, const Model::State& state) {
    const auto found = state.find(key);
    if (found == state.end()) {
        return {.key = key};
    }
    return {.key = key, .value = found->second.value, .sequence = found->second.sequence};
}

}  // namespace

bool in_range(const ScanOptions& range, Bytes key) {
    if ((range.from && key < *range.from) || (range.to && key >= *range.to)) {
        return false;
    }
    if (range.after && (range.reverse ? key >= *range.after : key <= *range.after)) {
        return false;
    }
    return key.substr(0, range.prefix.size()) == range.prefix;
}

std::vector<Entry> scan_of(const Model::State& state, const ScanOptions& range,
                           std::uint64_t limit) {
    std::vector<Entry> entries;
    const auto take = [&](const auto& pair) {
        const bool full = limit != 0 && entries.size() == limit;
        if (!full && in_range(range, pair.first)) {
            entries.push_back(
                {.key = pair.first, .value = pair.second.value, .sequence = pair.second.sequence});
        }
    };
    if (range.reverse) {
        std::for_each(state.rbegin(), state.rend(), take);
    } else {
        std::for_each(state.begin(), state.end(), take);
    }
    return entries;
}

Condition::Test Model::test_of(const Guard& guard) const {
    const auto found = state_.find(guard.key);
    const bool present = found != state_.end();
    switch (guard.test) {
        case Guard::Test::absent:
            return Condition::Absent{};
        case Guard::Test::present:
            return Condition::Present{};
        case Guard::Test::sequence:
            return Condition::AtSequence{present ? found->second.sequence : 1};
        case Guard::Test::old_sequence:
            return Condition::AtSequence{present ? found->second.sequence - 1 : 1};
        case Guard::Test::value:
            return Condition::HasValue{present ? found->second.value : std::string{}};
        case Guard::Test::other_value:
            return Condition::HasValue{present ? found->second.value + "x" : std::string{"x"}};
    }
    return Condition::Absent{};
}

void Model::resolve(Operation& operation) const {
    for (const Guard& guard : operation.guards) {
        operation.conditions.push_back({.key = guard.key, .test = test_of(guard)});
    }
    operation.guards.clear();
    if (operation.back) {
        // Further back than the model can go it reads the oldest state that it knows.
        const Sequence oldest = undo_.size() < undo_max ? 0 : undo_.front().sequence;
        operation.at = last_ - std::min(*operation.back, last_ - oldest);
        operation.back.reset();
    }
}

bool Model::holds(const Condition& condition) const {
    const auto found = state_.find(condition.key);
    const bool present = found != state_.end();
    if (std::holds_alternative<Condition::Absent>(condition.test)) {
        return !present;
    }
    if (const auto* at = std::get_if<Condition::AtSequence>(&condition.test)) {
        return present && found->second.sequence == at->sequence;
    }
    if (const auto* has = std::get_if<Condition::HasValue>(&condition.test)) {
        return present && found->second.value == has->value;
    }
    return present;
}

void Model::change(const Change& change, Sequence sequence) {
    const auto found = state_.find(change.key);
    Undo undo{.sequence = sequence, .key = change.key, .before = {}};
    if (found != state_.end()) {
        undo.before = std::move(found->second);
    }
    undo_.push_back(std::move(undo));
    if (undo_.size() > undo_max) {
        undo_.pop_front();
    }
    if (!change.value) {
        if (found != state_.end()) {
            state_.erase(found);
        }
    } else if (found != state_.end()) {
        found->second = {.value = *change.value, .sequence = sequence};
    } else {
        state_.emplace(change.key, Item{.value = *change.value, .sequence = sequence});
    }
}

Answer Model::write(const Operation& operation, Sequence given) {
    const bool all_hold =
        std::all_of(operation.conditions.begin(), operation.conditions.end(),
                    [this](const Condition& condition) { return holds(condition); });
    if (!all_hold) {
        return {.error = Error{ErrorCode::conflict, "a condition of the batch does not hold"}};
    }
    const Sequence least = last_ + operation.changes.size();
    const Sequence end = std::max(given, least);
    Sequence sequence = end - operation.changes.size();
    for (const Change& one : operation.changes) {
        change(one, ++sequence);
    }
    last_ = end;
    return {.sequence = end};
}

Model::State Model::state_at(Sequence sequence) const {
    State state = state_;
    for (auto undo = undo_.rbegin(); undo != undo_.rend() && undo->sequence > sequence; ++undo) {
        if (undo->before) {
            state[undo->key] = *undo->before;
        } else {
            state.erase(undo->key);
        }
    }
    return state;
}

const Model::State& Model::seen(const Operation& operation, State& past) const {
    if (operation.snapshot) {
        const auto held = snapshots_.find(*operation.snapshot);
        if (held != snapshots_.end()) {
            return *held->second;
        }
    }
    if (operation.at && *operation.at < last_) {
        past = state_at(*operation.at);
        return past;
    }
    return state_;
}

Answer Model::answer(const Operation& operation, Sequence given) {
    using Kind = Operation::Kind;
    Answer answer;
    State past;
    if (operation.kind == Kind::write) {
        return write(operation, given);
    }
    if (operation.kind == Kind::get) {
        const State& state = seen(operation, past);
        for (const std::string& key : operation.keys) {
            answer.entries.push_back(entry_of(key, state));
        }
    } else if (operation.kind == Kind::scan) {
        answer.entries = scan_of(seen(operation, past), operation.range, operation.limit);
    } else if (operation.kind == Kind::read_only) {
        answer.entries = scan_of(state_, operation.range, 0);
    } else if (operation.kind == Kind::snapshot) {
        answer.sequence = std::max(given, last_);
        snapshots_[operation.snapshot.value_or(0)] = std::make_shared<const State>(state_);
    } else if (operation.kind == Kind::release) {
        snapshots_.erase(operation.snapshot.value_or(0));
    } else if (operation.kind == Kind::reopen || operation.kind == Kind::kill) {
        snapshots_.clear();
    }
    return answer;
}

}  // namespace strata::tools
