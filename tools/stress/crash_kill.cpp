// SPDX-License-Identifier: Apache-2.0
#include "stress/crash_kill.hpp"

#include "stress/verify_perform.hpp"

#include <fmt/format.h>

#include <utility>

namespace strata::tools {
namespace {

/// Until the child is killed: often while it still opens, mostly while it writes.
std::chrono::microseconds random_life(Dice& dice) {
    constexpr std::uint64_t shortest = 500;
    constexpr std::uint64_t opening = 20'000;
    constexpr std::uint64_t longest = 300'000;
    const std::uint64_t most = dice.one_in(4) ? opening : longest;
    return std::chrono::microseconds{static_cast<std::int64_t>(dice.between(shortest, most))};
}

}  // namespace

void KillRounds::hear(const ChildMessage& message) {
    if (message.kind == ChildMessage::Kind::failed) {
        if (wrong_.empty()) {
            wrong_ = fmt::format("the writing process: {}", message.text.data());
        }
        return;
    }
    if (message.kind != ChildMessage::Kind::acknowledged) {
        return;
    }
    const std::size_t number = oracle_.begin(message.writer, scripts_[message.writer].next());
    oracle_.acknowledge(message.writer, number, message.sequence);
    if (number != message.batch && wrong_.empty()) {
        wrong_ = fmt::format("writer {} told of batch {} after batch {}", message.writer,
                             message.batch, number);
    }
}

Status KillRounds::run_child(const ChildSpec& child, std::chrono::microseconds duration) {
    CrashChild process = STRATA_TRY(CrashChild::start(child));
    const bool killed = STRATA_TRY(
        process.listen_and_kill(duration, [this](const ChildMessage& message) { hear(message); }));
    if (!killed && wrong_.empty()) {
        wrong_ = "the writing process ended by itself and did not say why";
    }
    return {};
}

void KillRounds::look(const Options& engine, Dice& dice) {
    Options options = engine;
    // Read-only the recovery is not committed, so that the next process does it again.
    options.read_only = dice.one_in(3);
    auto opened = spec_.open(options);
    if (!opened) {
        // Before anything was acknowledged there may be no store yet.
        if (opened.error().code == ErrorCode::not_found && tally_.acknowledged == 0) {
            oracle_.settle({.applied = std::vector<std::vector<std::size_t>>(spec_.writers)});
            return;
        }
        wrong_ = "open: " + opened.error().message;
        return;
    }
    Store& store = **opened;
    tally_.recovered(store.open_report());
    const OracleVerdict verdict = oracle_.judge(store, {.least = oracle_.greatest()});
    tally_.judged(verdict);
    wrong_ = verdict.wrong;
    if (wrong_.empty() && dice.one_in(4)) {
        const Status checked = check_store(store);
        wrong_ = checked ? std::string{} : checked.error().message;
        ++tally_.checks;
    }
    if (wrong_.empty() && dice.one_in(3)) {
        const Status closed = store.close();
        wrong_ = closed ? std::string{} : "close: " + closed.error().message;
    }
    if (wrong_.empty()) {
        oracle_.settle(verdict);
    }
}

Status KillRounds::round() {
    const std::uint64_t seed = part_seed(spec_.seed, rounds_++);
    Dice dice{seed};
    const Options engine = spec_.engine(seed);
    ChildSpec child{.open = [this, &engine] { return spec_.open(engine); },
                    .seed = seed,
                    .writers = spec_.writers,
                    .keys = spec_.keys,
                    .sync = spec_.sync};
    child.batches_per_life = dice.one_in(3) ? dice.between(1, 300) : 0;
    scripts_.clear();
    for (std::size_t writer = 0; writer < spec_.writers; ++writer) {
        scripts_.emplace_back(seed, writer, spec_.keys);
    }
    STRATA_TRY(run_child(child, random_life(dice)));
    tally_.acknowledged += oracle_.acknowledged();
    if (!wrong_.empty()) {
        return {};
    }
    // One batch of each writer may have been in flight.
    for (std::size_t writer = 0; writer < spec_.writers; ++writer) {
        static_cast<void>(oracle_.begin(writer, scripts_[writer].next()));
    }
    look(engine, dice);
    return {};
}

}  // namespace strata::tools
