// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_shrink.hpp"

#include "stress/shrink.hpp"

#include <utility>

namespace strata::tools {
namespace {

/// Simpler forms of an operation, each with one thing less.
std::vector<Operation> simpler(const Operation& operation) {
    std::vector<Operation> forms;
    const auto without = [&](auto member, std::size_t index) {
        Operation form = operation;
        auto& list = form.*member;
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
        forms.push_back(std::move(form));
    };
    for (std::size_t i = 0; operation.changes.size() > 1 && i < operation.changes.size(); ++i) {
        without(&Operation::changes, i);
    }
    for (std::size_t i = 0; i < operation.guards.size(); ++i) {
        without(&Operation::guards, i);
    }
    for (std::size_t i = 0; operation.keys.size() > 1 && i < operation.keys.size(); ++i) {
        without(&Operation::keys, i);
    }
    constexpr std::size_t short_value = 4;
    for (std::size_t i = 0; i < operation.changes.size(); ++i) {
        const auto& value = operation.changes[i].value;
        if (value && value->size() > short_value) {
            Operation form = operation;
            form.changes[i].value = std::string{"v"};
            forms.push_back(std::move(form));
        }
    }
    if (operation.sync.kind != SyncMode::Kind::none && !operation.changes.empty()) {
        forms.push_back(operation);
        forms.back().sync = SyncMode::none();
    }
    return forms;
}

class Shrinker {
  public:
    Shrinker(const StoreMaker& maker, std::uint64_t tries_max, const std::function<bool()>& stop)
        : maker_{maker}, tries_max_{tries_max}, stop_{stop} {}

    Shrunk run(std::vector<Operation> operations) {
        Shrunk shrunk;
        shrunk.recurred = fails(operations);
        if (shrunk.recurred) {
            // What comes behind the mismatch is not needed.
            operations.resize(last_step_ + 1);
            leave_out(operations);
            simplify(operations);
        }
        shrunk.operations = std::move(operations);
        shrunk.what = std::move(what_);
        shrunk.tries = tries_;
        return shrunk;
    }

  private:
    bool fails(const std::vector<Operation>& operations) {
        if (tries_ >= tries_max_ || stop_()) {
            return false;
        }
        ++tries_;
        Rerun rerun = run_operations(operations, maker_, nullptr);
        const bool failed = rerun.mismatch.has_value() && !rerun.mismatch->system;
        if (failed) {
            what_ = std::move(rerun.mismatch->what);
            last_step_ = rerun.step;
        }
        return failed;
    }

    void leave_out(std::vector<Operation>& operations) {
        std::vector<Operation> part;
        const auto pick = [&](const std::vector<std::size_t>& indices) {
            part.clear();
            for (const std::size_t index : indices) {
                part.push_back(operations[index]);
            }
        };
        const ShrinkReport report = shrink(
            operations.size(),
            [&](const std::vector<std::size_t>& indices) {
                pick(indices);
                return fails(part);
            },
            stop_() ? 0 : tries_max_ - std::min(tries_, tries_max_));
        pick(report.indices);
        operations = std::move(part);
    }

    void simplify(std::vector<Operation>& operations) {
        for (std::size_t i = 0; i < operations.size();) {
            bool simplified = false;
            for (Operation& form : simpler(operations[i])) {
                Operation whole = std::exchange(operations[i], std::move(form));
                simplified = fails(operations);
                if (simplified) {
                    break;
                }
                operations[i] = std::move(whole);
            }
            // The simpler form may have become simpler still.
            i += simplified ? 0 : 1;
        }
    }

    const StoreMaker& maker_;
    std::uint64_t tries_max_;
    const std::function<bool()>& stop_;
    std::uint64_t tries_ = 0;
    std::size_t last_step_ = 0;
    std::string what_{};
};

}  // namespace

Rerun run_operations(const std::vector<Operation>& operations, const StoreMaker& maker,
                     ScriptWriter* record) {
    auto opener = maker();
    if (!opener) {
        return {.mismatch = mismatch_of(opener.error())};
    }
    TestedStore tested{opener.take_value()};
    Prover prover{tested, true, record};
    if (auto opened = tested.open(); !opened) {
        return {.mismatch = mismatch_of(opened.error())};
    }
    for (std::size_t i = 0; i < operations.size(); ++i) {
        if (auto mismatch = prover.step(operations[i])) {
            return {.mismatch = std::move(mismatch), .step = i};
        }
    }
    return {};
}

Shrunk shrink_operations(std::vector<Operation> operations, const StoreMaker& maker,
                         std::uint64_t tries_max, const std::function<bool()>& stop) {
    return Shrinker{maker, tries_max, stop}.run(std::move(operations));
}

}  // namespace strata::tools
