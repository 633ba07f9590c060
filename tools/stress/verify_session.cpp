// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_session.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/new_file.hpp"
#include "common/sync_mode.hpp"
#include "common/units.hpp"
#include "stress/engine_options.hpp"
#include "stress/mode_options.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::uint64_t shrink_tries_max = 2000;
constexpr auto shrink_time_max = std::chrono::seconds{60};

/// The command that does the round again.
std::string again(const StressOptions& options, const RoundSpec& round, bool in_memory) {
    std::string text = fmt::format("strata-stress verify --seed {} --ops {} --threads {}",
                                   round.seed, round.operations, round.threads);
    if (options.keys) {
        text += fmt::format(" --keys {}", *options.keys);
    }
    if (options.sync) {
        text += " --sync " + sync_mode_text(*options.sync);
    }
    return text + given_text(options) + (in_memory ? " memory:" : "");
}

}  // namespace

Result<std::unique_ptr<VerifySession>> VerifySession::create(const StressOptions& options,
                                                             const std::string& where) {
    std::unique_ptr<VerifySession> session{new VerifySession{options}};
    session->where_ = where;
    if (!where.empty() && !session->in_memory()) {
        STRATA_TRY(expect_new_store(where));
    }
    session->directory_ = STRATA_TRY(WorkDirectory::create("verify", options.keep_on_fail));
    return session;
}

std::string VerifySession::store_path() const {
    return where_.empty() ? directory_->path("store") : where_;
}

Options VerifySession::round_options(std::uint64_t seed) const {
    Options engine = random_store_options(part_seed(seed, ~std::uint64_t{0}));
    take_given(options_, engine);
    return engine;
}

StoreMaker VerifySession::maker(const std::string& path, const Options& engine) const {
    const bool memory = in_memory();
    return [path, engine, memory]() -> Result<StoreOpener> {
        if (!memory) {
            STRATA_TRY(remove_directory(path));
        }
        return StoreOpener{[path, engine](bool read_only) {
            Options options = engine;
            options.read_only = read_only;
            return open(path, options);
        }};
    };
}

Status VerifySession::write_script(const RoundSpec& round, const Options& engine,
                                   const RoundResult& result, VerifyFailure& failure,
                                   Diagnostics& diagnostics) {
    const StoreMaker scratch =
        maker(in_memory() ? std::string{"memory:"} : directory_->path("shrink"), engine);
    diagnostics.note(fmt::format("a wrong answer; looking for the fewest operations out of {}",
                                 count_text(result.step + 1)));
    const auto start = std::chrono::steady_clock::now();
    const auto stop = [start] {
        return interrupted() || std::chrono::steady_clock::now() - start > shrink_time_max;
    };
    Shrunk shrunk = shrink_operations(round_operations(round, result.step + 1), scratch,
                                      shrink_tries_max, stop);
    const std::string path = directory_->path("script");
    const auto file = STRATA_TRY(NewFile::create(path));
    ScriptWriter writer{file->output()};
    writer.comment(again(options_, round, in_memory()));
    writer.comment(shrunk.recurred ? shrunk.what : result.mismatch->what);
    writer.comment(fmt::format("strata-stress replay {}", path));
    writer.options(engine);
    static_cast<void>(run_operations(shrunk.operations, scratch, &writer));
    const bool beyond_cli = writer.beyond_cli();
    STRATA_TRY(file->close());
    if (!in_memory()) {
        STRATA_TRY(remove_directory(directory_->path("shrink")));
    }
    failure.facts.emplace_back(
        "shrunk",
        shrunk.recurred
            ? fmt::format("to {} in {}: {}", count_of(shrunk.operations.size(), "operation"),
                          count_of(shrunk.tries, "run"), shrunk.what)
            : std::string{"no: it did not happen again; it needs the same moment"});
    failure.facts.emplace_back("replay", fmt::format("strata-stress replay {}", path));
    if (!beyond_cli) {
        failure.facts.emplace_back("or", fmt::format("strata-cli -q NEW_STORE --check {}", path));
    }
    failure.facts.emplace_back("seed", round.seed);
    failure.facts.emplace_back("script", path);
    return {};
}

Result<VerifyFailure> VerifySession::explain(const RoundSpec& round, const Options& engine,
                                             const RoundResult& result, Diagnostics& diagnostics) {
    directory_->keep();
    VerifyFailure failure;
    failure.status = result.mismatch->system ? exit_system : exit_verification;
    failure.facts.emplace_back(result.mismatch->system ? "failed" : "wrong", result.mismatch->what);
    failure.facts.emplace_back("where", fmt::format("thread {}, operation {}", result.thread,
                                                    count_text(result.step + 1)));
    failure.facts.emplace_back("options", engine_options_text(engine));
    failure.facts.emplace_back("again", again(options_, round, in_memory()));
    if (round.threads == 1 && !result.mismatch->system) {
        STRATA_TRY(write_script(round, engine, result, failure, diagnostics));
    } else {
        failure.facts.emplace_back("seed", round.seed);
    }
    failure.facts.emplace_back("kept", in_memory() ? directory_->path() : store_path());
    return failure;
}

}  // namespace strata::tools
