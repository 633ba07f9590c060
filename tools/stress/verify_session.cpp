// SPDX-License-Identifier: Apache-2.0
#include "stress/verify_session.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/new_file.hpp"
#include "common/sync_mode.hpp"
#include "common/units.hpp"
#include "http/http_store.hpp"
#include "stress/engine_options.hpp"
#include "stress/mode_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace strata::tools {
namespace {

constexpr std::uint64_t shrink_tries_max = 2000;
constexpr auto shrink_time_max = std::chrono::seconds{60};

/// The command that does the round again; `where`: the word of a store that is no directory.
std::string again(const StressOptions& options, const RoundSpec& round, const std::string& where) {
    std::string text = fmt::format("strata-stress verify --seed {} --ops {} --threads {}",
                                   round.seed, round.operations, round.threads);
    if (options.keys) {
        text += fmt::format(" --keys {}", *options.keys);
    }
    if (options.sync) {
        text += " --sync " + sync_mode_text(*options.sync);
    }
    return text + given_text(options) + (where.empty() ? "" : " " + where);
}

Result<std::unique_ptr<Store>> open_remote(const std::string& name) {
    std::string token = STRATA_TRY(read_token({}));
    auto opened = STRATA_TRY(open_http_store(name, std::move(token), false));
    return std::unique_ptr<Store>{std::move(opened)};
}

/// The model knows what a server's store holds only if nothing was ever written to it.
Status expect_new_remote(const std::string& name) {
    const auto opened = STRATA_TRY(open_remote(name));
    const Stats stats = STRATA_TRY(opened->stats());
    if (stats.last_sequence != 0) {
        return usage_error(
            "{}: expected a store that nothing was written to, found sequence {}; \"strata-serve "
            "memory:\" serves one",
            name, stats.last_sequence);
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<VerifySession>> VerifySession::create(const StressOptions& options,
                                                             const std::string& where) {
    std::unique_ptr<VerifySession> session{new VerifySession{options}};
    session->where_ = where;
    const bool on_disk = !where.empty() && !session->in_memory() && !session->remote();
    if (on_disk) {
        STRATA_TRY(expect_new_store(where));
    }
    if (session->remote() && !options.engine_given.empty()) {
        return usage_error("-o {}: {} has opened its store already; strata-serve has options",
                           options.engine_given.front(), where);
    }
    if (session->remote() &&
        std::ranges::any_of(options.threads, [](unsigned threads) { return threads != 1; })) {
        return usage_error("--threads: of a server's store one thread knows what it must answer");
    }
    if (session->remote()) {
        STRATA_TRY(expect_new_remote(where));
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
    if (is_remote(path)) {
        return [path]() -> Result<StoreOpener> {
            return StoreOpener{[path](bool /*read_only*/) { return open_remote(path); }};
        };
    }
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
    writer.comment(again(options_, round, in_memory() || remote() ? where_ : std::string{}));
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
    failure.facts.emplace_back(
        "options", remote() ? std::string{"the server's"} : engine_options_text(engine));
    failure.facts.emplace_back(
        "again", again(options_, round, in_memory() || remote() ? where_ : std::string{}));
    if (round.threads == 1 && !result.mismatch->system) {
        STRATA_TRY(write_script(round, engine, result, failure, diagnostics));
    } else {
        failure.facts.emplace_back("seed", round.seed);
    }
    failure.facts.emplace_back("kept", in_memory() || remote() ? directory_->path() : store_path());
    return failure;
}

}  // namespace strata::tools
