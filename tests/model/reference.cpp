// SPDX-License-Identifier: Apache-2.0
#include "reference.hpp"

#include "support/builders.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace strata::test {
namespace {

constexpr std::size_t shown_max = 40;

// A value read, against the item that should be there (null: nothing should).
std::string differs(Bytes key, const std::optional<Value>& found, const Item* expected) {
    if (!found && expected == nullptr) {
        return {};
    }
    const std::string of = "get " + show(key) + ": ";
    if (!found) {
        return of + "absent, expected #" + std::to_string(expected->sequence);
    }
    if (expected == nullptr) {
        return of + "found #" + std::to_string(found->sequence()) + ", expected nothing";
    }
    if (found->sequence() != expected->sequence) {
        return of + "found #" + std::to_string(found->sequence()) + ", expected #" +
               std::to_string(expected->sequence);
    }
    if (found->bytes() != expected->value) {
        return of + "#" + std::to_string(found->sequence()) + " has value " + show(found->bytes()) +
               ", expected " + show(expected->value);
    }
    return {};
}

const Item* find(const State& state, Bytes key) {
    const auto found = state.find(key);
    return found == state.end() ? nullptr : &found->second;
}

void fail(Comparison& comparison, const Error& error) {
    comparison.error = error.message;
    comparison.code = error.code;
}

void compare_scan(Store& store, const State& state, const ScanOptions& options,
                  Comparison& comparison) {
    auto scanned = store.scan(options);
    if (!scanned) {
        fail(comparison, scanned.error());
        return;
    }
    Iterator& iterator = **scanned;
    for (const auto& expected : walk_of(state, options)) {
        const auto more = iterator.next();
        if (!more) {
            fail(comparison, more.error());
            return;
        }
        if (!*more || iterator.key() != expected->first ||
            iterator.sequence() != expected->second.sequence ||
            iterator.value() != expected->second.value) {
            comparison.difference =
                std::string{options.reverse ? "reverse scan: " : "scan: "} +
                (*more ? "found " + show(iterator.key()) + "#" + std::to_string(iterator.sequence())
                       : "ended") +
                ", expected " + show(expected->first) + "#" +
                std::to_string(expected->second.sequence);
            return;
        }
    }
    const auto more = iterator.next();
    if (!more) {
        fail(comparison, more.error());
    } else if (*more) {
        comparison.difference = "scan: found " + show(iterator.key()) + ", expected the end";
    }
}

void compare_gets(Store& store, const State& state, const std::vector<std::string>& keys,
                  const Snapshot* snapshot, Comparison& comparison) {
    std::vector<Bytes> all;
    for (const std::string& key : keys) {
        all.emplace_back(key);
        const auto found = store.get(key, {.snapshot = snapshot});
        if (!found) {
            fail(comparison, found.error());
            return;
        }
        comparison.difference = differs(key, *found, find(state, key));
        if (!comparison.difference.empty()) {
            return;
        }
    }
    const auto many = store.get_many(all, {.snapshot = snapshot});
    if (!many) {
        fail(comparison, many.error());
        return;
    }
    for (std::size_t i = 0; i < keys.size() && comparison.difference.empty(); ++i) {
        comparison.difference = differs(keys[i], (*many)[i], find(state, keys[i]));
    }
}

}  // namespace

bool in_bounds(const ScanOptions& options, Bytes key) {
    if (options.from && key < *options.from) {
        return false;
    }
    if (options.to && key >= *options.to) {
        return false;
    }
    if (options.after && (options.reverse ? key >= *options.after : key <= *options.after)) {
        return false;
    }
    return key.substr(0, options.prefix.size()) == options.prefix;
}

std::vector<State::const_iterator> walk_of(const State& state, const ScanOptions& options) {
    std::vector<State::const_iterator> walk;
    for (auto it = state.begin(); it != state.end(); ++it) {
        if (in_bounds(options, it->first)) {
            walk.push_back(it);
        }
    }
    if (options.reverse) {
        std::reverse(walk.begin(), walk.end());
    }
    return walk;
}

Comparison compare(Store& store, const State& state, const std::vector<std::string>& keys,
                   const Snapshot* snapshot) {
    Comparison comparison;
    compare_scan(store, state, {.snapshot = snapshot}, comparison);
    if (comparison.same()) {
        compare_scan(store, state, {.reverse = true, .snapshot = snapshot}, comparison);
    }
    if (comparison.same()) {
        compare_gets(store, state, keys, snapshot, comparison);
    }
    return comparison;
}

std::string show(Bytes bytes) {
    const std::string text = escape(bytes.substr(0, shown_max));
    return bytes.size() > shown_max ? text + "... (" + std::to_string(bytes.size()) + ")" : text;
}

}  // namespace strata::test
