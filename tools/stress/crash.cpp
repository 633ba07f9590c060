// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sheet.hpp"
#include "stress/crash_session.hpp"
#include "stress/mode_options.hpp"
#include "stress/mode_table.hpp"

#include <chrono>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::uint64_t default_rounds = 20;

Result<CrashKind> kind_of(const StressOptions& options) {
    CrashKind kind;
    kind.power_cut =
        options.power_cut || options.torn || options.no_space || options.error_rate > 0;
    kind.torn = options.torn;
    kind.no_space = options.no_space;
    kind.error_rate = options.error_rate;
    if (options.kill && kind.power_cut) {
        return usage_error(
            "--kill: a killed process writes to a real disk, where nothing is torn "
            "and no call fails; leave it out, or the others");
    }
    if (kind.power_cut && !options.words.empty()) {
        return usage_error("{}: power goes off on a disk in memory; leave the store out",
                           options.words.front());
    }
    if (!kind.power_cut && (options.cuts || options.operations)) {
        return usage_error("{}: of a life that ends in power cuts; add --power-cut",
                           options.cuts ? "--cuts" : "--ops");
    }
    if (options.threads.size() > 1) {
        return usage_error("--threads: expected one number, all rounds have the same writers");
    }
    return kind;
}

class CrashMode {
  public:
    explicit CrashMode(const StressContext& context)
        : context_{context}, options_{context.options} {}

    Result<int> run() {
        STRATA_TRY(expect_options(
            options_, {"ops", "duration", "threads", "keys", "sync", "keep-on-fail", "option"}));
        const CrashKind kind = STRATA_TRY(kind_of(options_));
        const std::string where = options_.words.empty() ? std::string{} : options_.words.front();
        session_ = STRATA_TRY(CrashSession::create(options_, kind, options_.seed, where));
        const auto start = std::chrono::steady_clock::now();
        while (!done(start) && !session_->failed()) {
            STRATA_TRY(session_->round());
        }
        return summarize(kind);
    }

  private:
    [[nodiscard]] bool done(std::chrono::steady_clock::time_point start) const {
        const bool late =
            options_.duration && std::chrono::steady_clock::now() - start >= *options_.duration;
        const std::uint64_t rounds = options_.duration && !options_.rounds
                                         ? ~std::uint64_t{0}
                                         : options_.rounds.value_or(default_rounds);
        return interrupted() || late || session_->rounds() >= rounds;
    }

    Result<int> summarize(const CrashKind& kind) {
        Facts facts{{"rounds", session_->rounds()}};
        const Facts tally =
            session_->tally().facts(options_.json, kind.no_space || kind.error_rate > 0);
        facts.insert(facts.end(), tally.begin(), tally.end());
        int status = interrupted() ? interrupt_status() : exit_done;
        if (session_->failed()) {
            const CrashFailure failure = STRATA_TRY(session_->failure());
            const Facts more = failure.facts();
            facts.insert(facts.end(), more.begin(), more.end());
            status = failure.status;
        } else {
            facts.emplace_back("seed", options_.seed);
        }
        print_facts(context_.output, facts_style(options_), facts);
        return status;
    }

    const StressContext& context_;
    const StressOptions& options_;
    std::unique_ptr<CrashSession> session_{};
};

}  // namespace

int stress_crash(const StressContext& context) {
    const auto status = CrashMode{context}.run();
    return status ? *status : context.diagnostics.error(status.error());
}

}  // namespace strata::tools
