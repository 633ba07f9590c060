// SPDX-License-Identifier: Apache-2.0
#include "stress/crash_session.hpp"

#include "common/exit_codes.hpp"
#include "common/sync_mode.hpp"
#include "stress/engine_options.hpp"
#include "stress/mode_options.hpp"
#include "stress/verify_generator.hpp"

#include <fmt/format.h>

#include <utility>

namespace strata::tools {

std::string CrashKind::options_text() const {
    std::string text = power_cut ? " --power-cut" : " --kill";
    text += torn ? " --torn" : "";
    text += no_space ? " --enospc" : "";
    return error_rate > 0 ? text + fmt::format(" --eio {}", error_rate) : text;
}

Result<std::unique_ptr<CrashSession>> CrashSession::create(const StressOptions& options,
                                                           const CrashKind& kind,
                                                           std::uint64_t seed,
                                                           const std::string& where) {
    std::unique_ptr<CrashSession> session{new CrashSession{options, kind, seed}};
    if (!where.empty()) {
        STRATA_TRY(expect_new_store(where));
    }
    session->directory_ = STRATA_TRY(WorkDirectory::create("crash", options.keep_on_fail));
    session->store_ = where.empty() ? session->directory_->path("store") : where;
    if (kind.power_cut) {
        session->begin_cutting();
    } else {
        session->begin_killing();
    }
    return session;
}

Options CrashSession::engine(std::uint64_t seed) const {
    Options engine = random_store_options(part_seed(seed, ~std::uint64_t{0}));
    take_given(options_, engine);
    return engine;
}

void CrashSession::begin_killing() {
    KillSpec spec;
    spec.open = [this](const Options& options) { return open(store_, options); };
    spec.seed = seed_;
    spec.writers = options_.threads.empty() ? spec.writers : options_.threads.front();
    spec.keys = options_.keys.value_or(spec.keys);
    spec.sync = options_.sync;
    spec.engine = [this](std::uint64_t seed) { return engine(seed); };
    killing_.emplace(std::move(spec));
}

void CrashSession::begin_cutting() {
    PowerCutSpec spec;
    spec.seed = seed_;
    spec.writers = options_.threads.empty() ? spec.writers : options_.threads.front();
    spec.keys = options_.keys.value_or(spec.keys);
    spec.batches = options_.operations.value_or(spec.batches);
    spec.cuts = options_.cuts.value_or(spec.cuts);
    spec.sync = options_.sync;
    spec.only_torn = kind_.torn;
    spec.no_space = kind_.no_space;
    spec.error_rate = kind_.error_rate;
    spec.engine = [this](std::uint64_t seed) { return engine(seed); };
    cutting_.emplace(std::move(spec));
}

Status CrashSession::round() {
    if (killing_) {
        return killing_->round();
    }
    cutting_->round();
    return {};
}

const std::string& CrashSession::wrong() const {
    return killing_ ? killing_->wrong() : cutting_->wrong();
}

const CrashTally& CrashSession::tally() const {
    return killing_ ? killing_->tally() : cutting_->tally();
}

std::uint64_t CrashSession::rounds() const {
    return killing_ ? killing_->rounds() : cutting_->rounds();
}

std::string CrashSession::again() const {
    std::string text = fmt::format("strata-stress crash{} --seed {}", kind_.options_text(), seed_);
    if (!options_.threads.empty()) {
        text += fmt::format(" --threads {}", options_.threads.front());
    }
    if (options_.keys) {
        text += fmt::format(" --keys {}", *options_.keys);
    }
    if (options_.operations) {
        text += fmt::format(" --ops {}", *options_.operations);
    }
    if (options_.sync) {
        text += " --sync " + sync_mode_text(*options_.sync);
    }
    if (options_.cuts) {
        text += *options_.cuts == 0 ? std::string{" --cuts every"}
                                    : fmt::format(" --cuts {}", *options_.cuts);
    }
    return text + fmt::format(" --rounds {}", rounds()) + given_text(options_);
}

Result<CrashFailure> CrashSession::failure() {
    directory_->keep();
    if (cutting_) {
        STRATA_TRY(copy_out(cutting_->disk(), PowerCutRounds::store_path, store_));
    }
    CrashFailure failure;
    failure.status = exit_verification;
    failure.what = wrong();
    failure.round = rounds();
    failure.seed = seed_;
    failure.again = again();
    failure.kept = store_;
    return failure;
}

}  // namespace strata::tools
