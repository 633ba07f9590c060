// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_round.hpp"

#include "stress/verify_shared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace strata::tools {
namespace {

GeneratorSpec generator_spec(const RoundSpec& spec, unsigned thread) {
    return {.seed = part_seed(spec.seed, thread),
            .slice = spec.threads > 1 ? fmt::format("t{}/", thread) : std::string{},
            .keys = std::max<std::uint64_t>(spec.keys / spec.threads, 2),
            .block_size = spec.block_size,
            .sync = spec.sync,
            .reopens = spec.reopens};
}

/// A thread of the round, its slice, and its part in what is shared.
class Worker {
  public:
    Worker(const RoundSpec& spec, unsigned thread, TestedStore& tested, SharedBoard& board,
           ScriptWriter* record)
        : tested_{tested},
          generator_{generator_spec(spec, thread)},
          slice_{generator_spec(spec, thread).slice},
          prover_{tested, spec.threads == 1, record},
          shared_{board, thread, part_seed(spec.seed, spec.threads + thread)},
          shares_{spec.threads > 1} {}

    std::optional<Mismatch> step() {
        ++steps_;
        constexpr std::uint64_t share_every = 6;
        if (shares_ && steps_ % share_every == 0) {
            const std::shared_lock among_others{tested_.gate()};
            ++shared_steps_;
            std::string wrong = shared_.step(tested_.store());
            return wrong.empty() ? std::nullopt : std::optional{Mismatch{.what = std::move(wrong)}};
        }
        return prover_.step(generator_.next());
    }

    std::optional<Mismatch> look(bool reopens) {
        for (Operation& operation : last_look(generator_.keys(), slice_, reopens)) {
            ++steps_;
            if (auto wrong = prover_.step(std::move(operation))) {
                return wrong;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    [[nodiscard]] SharedUser& shared() { return shared_; }
    [[nodiscard]] Tally tally() const {
        Tally tally = prover_.tally();
        tally.shared = shared_steps_;
        return tally;
    }

  private:
    TestedStore& tested_;
    OperationGenerator generator_;
    std::string slice_;
    Prover prover_;
    SharedUser shared_;
    bool shares_;
    std::uint64_t steps_ = 0;
    std::uint64_t shared_steps_ = 0;
};

/// The threads of a round, and what the first of them found.
class Crew {
  public:
    Crew(const RoundSpec& spec, const StoreOpener& opener, ScriptWriter* record)
        : spec_{spec}, tested_{opener, spec.remote}, board_{spec.threads} {
        for (unsigned thread = 0; thread < spec.threads; ++thread) {
            workers_.push_back(std::make_unique<Worker>(spec, thread, tested_, board_, record));
        }
    }

    RoundResult run(const std::function<bool()>& stop) {
        if (auto opened = tested_.open(); !opened) {
            report(0, mismatch_of(opened.error()));
            return std::move(result_);
        }
        if (spec_.threads == 1) {
            work(0, stop);
        } else {
            std::vector<std::thread> threads;
            for (unsigned thread = 0; thread < spec_.threads; ++thread) {
                threads.emplace_back([this, thread, &stop] { work(thread, stop); });
            }
            for (std::thread& thread : threads) {
                thread.join();
            }
        }
        last_looks();
        for (const auto& worker : workers_) {
            result_.tally.add(worker->tally());
        }
        return std::move(result_);
    }

  private:
    void work(unsigned thread, const std::function<bool()>& stop) {
        const std::uint64_t share = std::max<std::uint64_t>(spec_.operations / spec_.threads, 1);
        for (std::uint64_t i = 0; i < share && !failed_.load() && !stop(); ++i) {
            if (auto wrong = workers_[thread]->step()) {
                report(thread, std::move(*wrong));
                return;
            }
        }
    }

    void last_looks() {
        for (unsigned thread = 0; thread < spec_.threads && !failed_.load(); ++thread) {
            if (auto wrong = workers_[thread]->look(spec_.reopens && thread == 0)) {
                report(thread, std::move(*wrong));
            }
        }
        if (!failed_.load() && spec_.threads > 1) {
            std::vector<SharedUser*> users;
            for (const auto& worker : workers_) {
                users.push_back(&worker->shared());
            }
            std::string wrong = check_shared(tested_.store(), users);
            if (!wrong.empty()) {
                report(0, {.what = std::move(wrong)});
            }
        }
        if (!failed_.load()) {
            if (auto closed = tested_.close(); !closed) {
                report(0, mismatch_of(closed.error()));
            }
        }
    }

    void report(unsigned thread, Mismatch mismatch) {
        const std::lock_guard lock{mutex_};
        if (!failed_.exchange(true)) {
            const std::uint64_t steps = workers_[thread]->steps();
            result_.mismatch = std::move(mismatch);
            result_.thread = thread;
            result_.step = steps == 0 ? 0 : steps - 1;
        }
    }

    const RoundSpec& spec_;
    TestedStore tested_;
    SharedBoard board_;
    std::vector<std::unique_ptr<Worker>> workers_{};
    std::atomic<bool> failed_{false};
    std::mutex mutex_{};
    RoundResult result_{};
};

}  // namespace

RoundResult run_round(const RoundSpec& spec, const StoreOpener& opener,
                      const std::function<bool()>& stop, ScriptWriter* record) {
    Crew crew{spec, opener, record};
    return crew.run(stop);
}

std::vector<Operation> round_operations(const RoundSpec& spec, std::uint64_t count) {
    OperationGenerator generator{generator_spec(spec, 0)};
    std::vector<Operation> operations;
    while (operations.size() < std::min(count, spec.operations)) {
        operations.push_back(generator.next());
    }
    for (Operation& operation : last_look(generator.keys(), {}, spec.reopens)) {
        if (operations.size() < count) {
            operations.push_back(std::move(operation));
        }
    }
    return operations;
}

}  // namespace strata::tools
