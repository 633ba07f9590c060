// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_prover.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <numeric>
#include <utility>

namespace strata::tools {

Mismatch mismatch_of(const Error& error) {
    const bool system = error.code == ErrorCode::io || error.code == ErrorCode::no_space;
    return {.what = error.message, .system = system};
}

void Tally::add(const Tally& other) {
    std::transform(operations.begin(), operations.end(), other.operations.begin(),
                   operations.begin(), std::plus<>{});
    records += other.records;
    conflicts += other.conflicts;
    gaps += other.gaps;
    shared += other.shared;
}

std::uint64_t Tally::total() const {
    return std::accumulate(operations.begin(), operations.end(), shared);
}

Status TestedStore::open() {
    store_ = STRATA_TRY(opener_(false));
    return {};
}

Status TestedStore::close() { return store_ == nullptr ? Status{} : store_->close(); }

Status TestedStore::reopen(bool clean) {
    for (HeldSnapshots* held : users_) {
        held->clear();
    }
    const Sequence last = store_->last_sequence();
    if (clean) {
        STRATA_TRY(store_->close());
    }
    store_.reset();
    STRATA_TRY(open());
    const OpenReport& report = store_->open_report();
    if (report.created || report.torn_tail || report.closed_cleanly != clean) {
        return fail(ErrorCode::corruption,
                    "open after {}: expected the store whole, found it {}{}{}",
                    clean ? "close" : "kill", report.created ? "newly created " : "",
                    report.torn_tail ? "with a torn tail " : "",
                    report.closed_cleanly ? "closed cleanly" : "not closed");
    }
    if (store_->last_sequence() != last) {
        return fail(ErrorCode::corruption, "open after {}: expected last sequence {}, found {}",
                    clean ? "close" : "kill", last, store_->last_sequence());
    }
    return {};
}

Prover::Prover(TestedStore& tested, bool alone, ScriptWriter* record)
    : tested_{tested}, alone_{alone}, record_{record} {
    tested_.enlist(&snapshots_);
}

Answer Prover::exchange_store(const Operation& operation) {
    const std::unique_lock alone{tested_.gate()};
    if (operation.kind == Operation::Kind::read_only) {
        return read_beside(tested_.opener(), operation.range);
    }
    Answer answer;
    auto reopened = tested_.reopen(operation.kind == Operation::Kind::reopen);
    if (!reopened) {
        answer.error = reopened.take_error();
    }
    return answer;
}

Answer Prover::carry_out(Operation& operation) {
    using Kind = Operation::Kind;
    if (operation.kind == Kind::reopen || operation.kind == Kind::kill ||
        operation.kind == Kind::read_only) {
        return exchange_store(operation);
    }
    const std::shared_lock among_others{tested_.gate()};
    if (operation.snapshot && operation.kind != Kind::snapshot &&
        !snapshots_.contains(*operation.snapshot)) {
        // Somebody opened the store again meanwhile, or its taking was left out: the present then.
        operation.snapshot.reset();
    }
    Answer answer = perform(tested_.store(), snapshots_, operation);
    if (alone_ && operation.kind == Kind::write && !answer.error &&
        tested_.store().last_sequence() != answer.sequence) {
        answer.error =
            fail(ErrorCode::internal, "write returned sequence {}, but the last one is {}",
                 answer.sequence, tested_.store().last_sequence());
    }
    return answer;
}

bool Prover::may_be_gone(const Operation& operation) {
    const std::shared_lock among_others{tested_.gate()};
    const auto stats = tested_.store().stats();
    std::optional<Sequence> at = operation.at;
    const auto held = operation.snapshot ? snapshots_.find(*operation.snapshot) : snapshots_.end();
    if (held != snapshots_.end()) {
        at = tested_.snapshots_may_go() ? std::optional{held->second->sequence()} : std::nullopt;
    }
    return stats && at && stats->history_floor > *at;
}

std::optional<Mismatch> Prover::step(Operation operation) {
    model_.resolve(operation);
    const Answer found = carry_out(operation);
    ++tally_.operations[static_cast<std::size_t>(operation.kind)];
    if (found.error && found.error->code == ErrorCode::gap && may_be_gone(operation)) {
        ++tally_.gaps;
        return std::nullopt;
    }
    const Answer expected = model_.answer(operation, alone_ ? 0 : found.sequence);
    if (record_ != nullptr) {
        record_->step(operation, expected);
    }
    tally_.records += expected.entries.size();
    tally_.conflicts += expected.error ? 1U : 0U;
    std::string wrong = difference(operation, expected, found);
    if (wrong.empty()) {
        return std::nullopt;
    }
    Mismatch mismatch = found.error && !expected.error ? mismatch_of(*found.error) : Mismatch{};
    mismatch.what = std::move(wrong);
    return mismatch;
}

std::vector<Operation> last_look(const std::vector<std::string>& keys, const std::string& slice,
                                 bool reopens) {
    using Kind = Operation::Kind;
    std::vector<Operation> operations;
    for (int time = 0; time < (reopens ? 2 : 1); ++time) {
        for (const bool reverse : {false, true}) {
            operations.push_back(
                {.kind = Kind::scan, .range = {.prefix = slice, .reverse = reverse}});
        }
        constexpr std::size_t together = 100;
        for (std::size_t i = 0; i < keys.size(); i += together) {
            Operation get{.kind = Kind::get};
            const std::size_t count = std::min(together, keys.size() - i);
            get.keys.assign(keys.begin() + static_cast<std::ptrdiff_t>(i),
                            keys.begin() + static_cast<std::ptrdiff_t>(i + count));
            operations.push_back(std::move(get));
        }
        if (reopens) {
            operations.push_back({.kind = Kind::check});
            operations.push_back({.kind = Kind::read_only, .range = {.prefix = slice}});
            operations.push_back({.kind = time == 0 ? Kind::kill : Kind::reopen});
        }
    }
    return operations;
}

}  // namespace strata::tools
