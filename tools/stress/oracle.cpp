// SPDX-License-Identifier: Apache-2.0
#include "stress/oracle.hpp"

#include "stress/verify_perform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

/// Adds a batch whose first operation had this sequence; 0 is not known.
void apply(Model::State& state, const std::vector<Change>& changes, Sequence first) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const Change& change = changes[i];
        if (change.value) {
            state[change.key] = {.value = *change.value, .sequence = first == 0 ? 0 : first + i};
        } else {
            state.erase(change.key);
        }
    }
}

std::string shown_item(const Model::State& state, const std::string& key) {
    const auto found = state.find(key);
    if (found == state.end()) {
        return "nothing";
    }
    return fmt::format("{} #{}", shown(found->second.value), found->second.sequence);
}

bool same(const Model::Item& expected, const Model::Item& found) {
    return expected.value == found.value &&
           (expected.sequence == 0 || expected.sequence == found.sequence);
}

/// The first key that differs; empty when none does.
std::string difference(const Model::State& expected, const Model::State& found) {
    auto a = expected.begin();
    auto b = found.begin();
    while (a != expected.end() || b != found.end()) {
        const bool equal = a != expected.end() && b != found.end() && a->first == b->first &&
                           same(a->second, b->second);
        if (!equal) {
            const bool first = b == found.end() || (a != expected.end() && a->first <= b->first);
            const std::string& key = first ? a->first : b->first;
            return fmt::format("{}: expected {}, found {}", shown(key), shown_item(expected, key),
                               shown_item(found, key));
        }
        ++a;
        ++b;
    }
    return {};
}

}  // namespace

WriterScript::WriterScript(std::uint64_t seed, std::size_t writer, std::uint64_t keys)
    : dice_{part_seed(seed, writer)}, seed_{seed}, writer_{writer}, keys_{keys} {}

std::string WriterScript::prefix(std::size_t writer) { return fmt::format("w{:03}/", writer); }

std::string WriterScript::key() { return prefix(writer_) + std::to_string(dice_.below(keys_)); }

std::string WriterScript::value() {
    std::string value = fmt::format("{}:{}:{}:", seed_, batches_, ++values_);
    const std::uint64_t size = dice_.one_in(40) ? dice_.below(6000) : dice_.below(200);
    return dice_.one_in(2) ? value + dice_.letters(size) : value.append(size, 'v');
}

std::vector<Change> WriterScript::next() {
    ++batches_;
    std::vector<Change> changes;
    if (dice_.one_in(2)) {
        for (std::uint64_t count = dice_.between(1, dice_.one_in(10) ? 40 : 5); count > 0;
             --count) {
            Change change{.key = key()};
            if (!dice_.one_in(3)) {
                change.value = value();
            }
            changes.push_back(std::move(change));
        }
    }
    changes.push_back({.key = key(), .value = value()});
    return changes;
}

std::size_t CrashOracle::begin(std::size_t writer, std::vector<Change> changes) {
    auto& writes = writers_[writer].writes;
    writes.push_back({.changes = std::move(changes)});
    return writes.size() - 1;
}

void CrashOracle::acknowledge(std::size_t writer, std::size_t number, Sequence sequence) {
    OracleWrite& write = writers_[writer].writes[number];
    write.fate = OracleWrite::Fate::acknowledged;
    write.sequence = sequence;
}

void CrashOracle::reject(std::size_t writer, std::size_t number) {
    writers_[writer].writes[number].fate = OracleWrite::Fate::rejected;
}

std::uint64_t CrashOracle::acknowledged() const {
    std::uint64_t count = 0;
    for (const Writer& writer : writers_) {
        count += static_cast<std::uint64_t>(
            std::count_if(writer.writes.begin(), writer.writes.end(), [](const OracleWrite& write) {
                return write.fate == OracleWrite::Fate::acknowledged;
            }));
    }
    return count;
}

Sequence CrashOracle::greatest() const {
    Sequence greatest = 0;
    for (const Writer& writer : writers_) {
        for (const OracleWrite& write : writer.writes) {
            greatest = std::max(greatest, write.sequence);
        }
    }
    return greatest;
}

CrashOracle::Choice CrashOracle::choose(std::size_t writer, Sequence last,
                                        const OracleLimits& limits) const {
    using Fate = OracleWrite::Fate;
    const auto& writes = writers_[writer].writes;
    const std::size_t begun = limits.begun.empty() ? writes.size() : limits.begun[writer];
    Choice choice;
    for (std::size_t i = 0; i < std::min(begun, writes.size()); ++i) {
        // Without limits a batch of unknown fate is the last one of its writer.
        const bool in_flight =
            limits.ended.empty() ? writes[i].fate == Fate::unknown : i >= limits.ended[writer];
        if (writes[i].fate == Fate::acknowledged) {
            const bool applied = writes[i].sequence <= last;
            if (applied) {
                choice.applied.push_back(i);
            }
            choice.in_flight += in_flight ? 1U : 0U;
            choice.kept += in_flight && applied ? 1U : 0U;
        } else if (in_flight || writes[i].fate == Fate::unknown) {
            choice.in_doubt = i;
        }
    }
    return choice;
}

Model::State CrashOracle::state_of(std::size_t writer,
                                   const std::vector<std::size_t>& applied) const {
    Model::State state = writers_[writer].base;
    for (const std::size_t index : applied) {
        const OracleWrite& write = writers_[writer].writes[index];
        apply(state, write.changes,
              write.sequence == 0 ? 0 : write.sequence - (write.changes.size() - 1));
    }
    return state;
}

std::string CrashOracle::judge_writer(std::size_t writer, const Model::State& found, Choice choice,
                                      OracleVerdict& verdict) const {
    const std::string wrong = difference(state_of(writer, choice.applied), found);
    verdict.in_doubt += choice.in_flight + (choice.in_doubt ? 1U : 0U);
    verdict.kept += choice.kept;
    if (!wrong.empty() && choice.in_doubt) {
        std::vector<std::size_t> with = choice.applied;
        with.push_back(*choice.in_doubt);
        std::sort(with.begin(), with.end());
        if (difference(state_of(writer, with), found).empty()) {
            ++verdict.kept;
            verdict.applied.push_back(std::move(with));
            return {};
        }
    }
    verdict.applied.push_back(std::move(choice.applied));
    return wrong;
}

/// A batch that was not begun when the crash came, and whose sequence was reached all the same.
std::string CrashOracle::foreseen(Sequence last, const OracleLimits& limits) const {
    for (std::size_t writer = 0; writer < limits.begun.size(); ++writer) {
        const auto& writes = writers_[writer].writes;
        for (std::size_t i = limits.begun[writer]; i < writes.size(); ++i) {
            if (writes[i].fate == OracleWrite::Fate::acknowledged && writes[i].sequence <= last) {
                return fmt::format(
                    "last sequence {} is beyond what had begun: batch {} of writer "
                    "{} was to come at {}",
                    last, i, writer, writes[i].sequence);
            }
        }
    }
    return {};
}

std::uint64_t CrashOracle::operations(const OracleVerdict& verdict) const {
    std::uint64_t count = 0;
    for (std::size_t writer = 0; writer < writers_.size(); ++writer) {
        for (const std::size_t index : verdict.applied[writer]) {
            count += writers_[writer].writes[index].changes.size();
        }
    }
    return count;
}

OracleVerdict CrashOracle::judge(Store& store, const OracleLimits& limits) const {
    OracleVerdict verdict;
    verdict.last = store.last_sequence();
    if (verdict.last < limits.least) {
        verdict.lost = true;
        verdict.wrong = fmt::format("the store ends at sequence {}, but {} was acknowledged",
                                    verdict.last, limits.least);
        return verdict;
    }
    verdict.wrong = foreseen(verdict.last, limits);
    if (!verdict.wrong.empty()) {
        return verdict;
    }
    const Answer all = read_range(store, {}, 0);
    if (all.error) {
        verdict.wrong = "scan: " + all.error->message;
        return verdict;
    }
    std::vector<Model::State> found(writers_.size());
    for (const Entry& entry : all.entries) {
        std::size_t writer = 0;
        while (writer < found.size() && !entry.key.starts_with(WriterScript::prefix(writer))) {
            ++writer;
        }
        if (writer == found.size()) {
            verdict.wrong = fmt::format("{}: a key that nobody wrote", shown(entry.key));
            return verdict;
        }
        found[writer][entry.key] = {.value = *entry.value, .sequence = entry.sequence};
    }
    for (std::size_t writer = 0; writer < found.size(); ++writer) {
        std::string wrong =
            judge_writer(writer, found[writer], choose(writer, verdict.last, limits), verdict);
        if (!wrong.empty()) {
            verdict.lost = true;
            verdict.wrong = std::move(wrong);
            return verdict;
        }
    }
    const Sequence expected = base_ + operations(verdict);
    if (verdict.last != expected) {
        verdict.wrong = fmt::format("last sequence: expected {}, found {}", expected, verdict.last);
    }
    return verdict;
}

void CrashOracle::settle(const OracleVerdict& verdict) {
    for (std::size_t writer = 0; writer < writers_.size(); ++writer) {
        writers_[writer].base = state_of(writer, verdict.applied[writer]);
        writers_[writer].writes.clear();
    }
    base_ = verdict.last;
}

}  // namespace strata::tools
