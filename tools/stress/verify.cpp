// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/new_file.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "stress/engine_options.hpp"
#include "stress/mode_options.hpp"
#include "stress/mode_table.hpp"
#include "stress/verify_round.hpp"
#include "stress/verify_session.hpp"
#include "stress/verify_shrink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::uint64_t default_operations = 100'000;
constexpr std::uint64_t round_operations_max = 20'000;

std::string tally_text(const Tally& tally) {
    std::string text;
    for (std::size_t i = 0; i < Operation::kinds; ++i) {
        if (tally.operations[i] != 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                                kind_name(static_cast<Operation::Kind>(i)),
                                count_text(tally.operations[i]));
        }
    }
    if (tally.shared != 0) {
        text += fmt::format(", shared {}", count_text(tally.shared));
    }
    return text;
}

void append_tally(Facts& facts, const Tally& tally, bool json) {
    if (!json) {
        facts.emplace_back("operations", count_text(tally.total()));
        facts.emplace_back("by kind", tally_text(tally));
        facts.emplace_back("answers compared", count_text(tally.records));
        return;
    }
    facts.emplace_back("operations", tally.total());
    for (std::size_t i = 0; i < Operation::kinds; ++i) {
        facts.emplace_back(kind_name(static_cast<Operation::Kind>(i)), tally.operations[i]);
    }
    facts.emplace_back("shared", tally.shared);
    facts.emplace_back("answers", tally.records);
}

class VerifyMode {
  public:
    explicit VerifyMode(const StressContext& context)
        : context_{context}, options_{context.options} {}

    Result<int> run() {
        STRATA_TRY(expect_options(
            options_, {"ops", "duration", "threads", "keys", "sync", "keep-on-fail", "option"}));
        const std::string where = options_.words.empty() ? std::string{} : options_.words.front();
        session_ = STRATA_TRY(VerifySession::create(options_, where));
        STRATA_TRY(begin_record());
        const auto start = std::chrono::steady_clock::now();
        while (!done(start)) {
            STRATA_TRY(round(start));
            if (failure_) {
                break;
            }
            ++rounds_;
        }
        if (record_ != nullptr) {
            STRATA_TRY(record_->close());
        }
        summarize();
        return failure_ ? failure_->status : (interrupted() ? interrupt_status() : exit_done);
    }

  private:
    using Time = std::chrono::steady_clock::time_point;

    Status begin_record() {
        if (options_.record.empty()) {
            return {};
        }
        if (options_.threads.size() > 1 ||
            (options_.threads.size() == 1 && options_.threads[0] > 1)) {
            return usage_error(
                "--record: what one thread does can be recorded; leave --threads "
                "out");
        }
        record_ = STRATA_TRY(NewFile::create(options_.record));
        return {};
    }

    [[nodiscard]] bool out_of_time(Time start) const {
        return options_.duration && std::chrono::steady_clock::now() - start >= *options_.duration;
    }
    [[nodiscard]] std::uint64_t wanted() const {
        return options_.duration && !options_.operations
                   ? ~std::uint64_t{0}
                   : options_.operations.value_or(default_operations);
    }
    [[nodiscard]] bool done(Time start) const {
        return interrupted() || out_of_time(start) || tally_.total() >= wanted() ||
               ((record_ != nullptr || session_->remote()) && rounds_ == 1);
    }

    [[nodiscard]] RoundSpec spec(const Options& engine) const {
        RoundSpec spec;
        spec.seed = options_.seed + rounds_;
        spec.threads =
            options_.threads.empty() ? 1 : options_.threads[rounds_ % options_.threads.size()];
        spec.operations = wanted() - tally_.total();
        if (!session_->remote()) {
            spec.operations = std::min(round_operations_max, spec.operations);
        }
        spec.keys = options_.keys.value_or(spec.keys);
        spec.block_size = engine.block_size;
        spec.sync = options_.sync;
        spec.reopens = !session_->in_memory() && !session_->remote();
        spec.remote = session_->remote();
        return spec;
    }

    Status round(Time start) {
        const Options engine = session_->round_options(options_.seed + rounds_);
        const RoundSpec round = spec(engine);
        const StoreMaker maker = session_->maker(session_->store_path(), engine);
        const StoreOpener opener = STRATA_TRY(maker());
        std::optional<ScriptWriter> writer;
        if (record_ != nullptr) {
            writer.emplace(record_->output());
            writer->comment(fmt::format("strata-stress verify --seed {}", round.seed));
            writer->options(engine);
        }
        const RoundResult result = run_round(
            round, opener, [this, start] { return interrupted() || out_of_time(start); },
            writer ? &*writer : nullptr);
        tally_.add(result.tally);
        if (result.mismatch) {
            failure_ = STRATA_TRY(session_->explain(round, engine, result, context_.diagnostics));
        }
        return {};
    }

    void summarize() {
        Facts facts;
        facts.emplace_back("rounds", std::uint64_t{rounds_ + (failure_ ? 1U : 0U)});
        append_tally(facts, tally_, options_.json);
        const auto number = [&](const char* name, std::uint64_t count) {
            facts.emplace_back(name, options_.json ? Cell{count} : Cell{count_text(count)});
        };
        number("reopened", tally_.of(Operation::Kind::reopen) + tally_.of(Operation::Kind::kill));
        number("conflicts", tally_.conflicts);
        number(options_.json ? "history_gone" : "history gone", tally_.gaps);
        number("differences", failure_ ? 1U : 0U);
        if (failure_) {
            facts.insert(facts.end(), failure_->facts.begin(), failure_->facts.end());
        } else {
            facts.emplace_back("seed", options_.seed);
        }
        print_facts(context_.output, facts_style(options_), facts);
    }

    const StressContext& context_;
    const StressOptions& options_;
    std::unique_ptr<VerifySession> session_{};
    std::unique_ptr<NewFile> record_{};
    std::uint64_t rounds_ = 0;
    Tally tally_{};
    std::optional<VerifyFailure> failure_{};
};

}  // namespace

int stress_verify(const StressContext& context) {
    const auto status = VerifyMode{context}.run();
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
