// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "stress/crash_session.hpp"
#include "stress/mode_options.hpp"
#include "stress/mode_table.hpp"
#include "stress/verify_session.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::chrono::microseconds default_duration = std::chrono::minutes{1};

/// One thread, then several: two rounds of verification.
constexpr std::array<unsigned, 2> verify_threads{1, 3};
constexpr std::uint64_t verify_operations = 5000;

/// A kind of crash, and how many rounds of it make a round of the soak.
struct Portion {
    CrashKind kind{};
    int rounds = 0;
};
constexpr std::array<Portion, 4> portions{{
    {{}, 3},
    {{.power_cut = true}, 2},
    {{.power_cut = true, .error_rate = 0.003}, 2},
    {{.power_cut = true, .no_space = true}, 1},
}};

class SoakMode {
  public:
    explicit SoakMode(const StressContext& context)
        : context_{context}, options_{context.options} {}

    Result<int> run() {
        STRATA_TRY(
            expect_options(options_, {"duration", "keys", "sync", "keep-on-fail", "option"}));
        verifying_ = STRATA_TRY(VerifySession::create(options_, {}));
        for (const Portion& portion : portions) {
            crashing_.push_back(
                STRATA_TRY(CrashSession::create(options_, portion.kind, options_.seed, {})));
        }
        start_ = std::chrono::steady_clock::now();
        while (!done() && status_ == exit_done) {
            STRATA_TRY(round());
            report();
        }
        return summarize();
    }

  private:
    [[nodiscard]] bool late() const {
        return !options_.rounds && std::chrono::steady_clock::now() - start_ >=
                                       options_.duration.value_or(default_duration);
    }
    [[nodiscard]] bool done() const {
        return interrupted() || late() || (options_.rounds && rounds_ >= *options_.rounds);
    }

    Status round() {
        ++rounds_;
        for (const unsigned threads : verify_threads) {
            STRATA_TRY(verify(threads));
        }
        for (std::size_t i = 0; i < portions.size(); ++i) {
            for (int n = 0; n < portions[i].rounds && status_ == exit_done && !interrupted(); ++n) {
                STRATA_TRY(crash(*crashing_[i]));
            }
        }
        return {};
    }

    Status verify(unsigned threads) {
        if (status_ != exit_done || interrupted()) {
            return {};
        }
        const std::uint64_t seed = options_.seed + verified_++;
        const Options engine = verifying_->round_options(seed);
        RoundSpec spec{.seed = seed,
                       .threads = threads,
                       .operations = verify_operations,
                       .block_size = engine.block_size,
                       .sync = options_.sync};
        spec.keys = options_.keys.value_or(spec.keys);
        const StoreMaker maker = verifying_->maker(verifying_->store_path(), engine);
        const StoreOpener opener = STRATA_TRY(maker());
        const RoundResult result = run_round(spec, opener, interrupted, nullptr);
        tally_.add(result.tally);
        if (result.mismatch) {
            VerifyFailure failure =
                STRATA_TRY(verifying_->explain(spec, engine, result, context_.diagnostics));
            status_ = failure.status;
            failure_ = std::move(failure.facts);
        }
        return {};
    }

    Status crash(CrashSession& session) {
        STRATA_TRY(session.round());
        if (session.failed()) {
            const CrashFailure failure = STRATA_TRY(session.failure());
            status_ = failure.status;
            failure_ = failure.facts();
        }
        return {};
    }

    [[nodiscard]] CrashTally crashes() const {
        CrashTally all;
        for (const auto& session : crashing_) {
            all.add(session->tally());
        }
        return all;
    }

    /// One line for the round that ended, with the figures of all rounds so far.
    void report() {
        const CrashTally all = crashes();
        const std::uint64_t killed = crashing_.front()->tally().cycles;
        if (options_.json) {
            Facts facts{{"round", rounds_},
                        {"operations", tally_.total()},
                        {"killed", killed},
                        {"power_cuts", all.cycles - killed},
                        {"acknowledged", all.acknowledged},
                        {"lost", all.lost},
                        {"differences", std::uint64_t{status_ == exit_done ? 0U : 1U}}};
            print_facts(context_.output, facts_style(options_), facts);
        } else {
            context_.output.write(fmt::format(
                "round {:<4} operations {:<11} killed {:<5} power cuts {:<7} acknowledged {:<10} "
                "{}\n",
                rounds_, count_text(tally_.total()), count_text(killed),
                count_text(all.cycles - killed), count_text(all.acknowledged),
                status_ == exit_done ? "good" : "WRONG"));
        }
        context_.output.flush();
    }

    int summarize() {
        Facts facts{{"rounds", rounds_}, {"operations", tally_.total()}};
        const Facts crash_facts = crashes().facts(options_.json, true);
        facts.insert(facts.end(), crash_facts.begin(), crash_facts.end());
        facts.emplace_back("differences", std::uint64_t{status_ == exit_done ? 0U : 1U});
        if (failure_.empty()) {
            facts.emplace_back("seed", options_.seed);
        }
        facts.insert(facts.end(), failure_.begin(), failure_.end());
        print_facts(context_.output, facts_style(options_), facts);
        return status_ == exit_done && interrupted() ? interrupt_status() : status_;
    }

    const StressContext& context_;
    const StressOptions& options_;
    std::chrono::steady_clock::time_point start_{};
    std::unique_ptr<VerifySession> verifying_{};
    std::vector<std::unique_ptr<CrashSession>> crashing_{};
    std::uint64_t rounds_ = 0;
    std::uint64_t verified_ = 0;
    Tally tally_{};
    int status_ = exit_done;
    Facts failure_{};
};

}  // namespace

int stress_soak(const StressContext& context) {
    const auto status = SoakMode{context}.run();
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
