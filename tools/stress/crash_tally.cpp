// SPDX-License-Identifier: Apache-2.0
#include "stress/crash_tally.hpp"

#include "common/exit_codes.hpp"
#include "common/units.hpp"

#include <algorithm>
#include <chrono>

namespace strata::tools {
namespace {

std::string time_text(std::uint64_t microseconds) {
    return duration_text(std::chrono::microseconds{static_cast<std::int64_t>(microseconds)});
}

}  // namespace

void CrashTally::recovered(const OpenReport& report) {
    ++cycles;
    torn_tails += report.torn_tail ? 1U : 0U;
    recovery_us.push_back(report.microseconds);
}

void CrashTally::judged(const OracleVerdict& verdict) {
    in_doubt += verdict.in_doubt;
    kept += verdict.kept;
    lost += verdict.lost ? 1U : 0U;
}

void CrashTally::add(const CrashTally& other) {
    cycles += other.cycles;
    acknowledged += other.acknowledged;
    in_doubt += other.in_doubt;
    kept += other.kept;
    torn_tails += other.torn_tails;
    checks += other.checks;
    lost += other.lost;
    faults += other.faults;
    refused += other.refused;
    recovery_us.insert(recovery_us.end(), other.recovery_us.begin(), other.recovery_us.end());
}

Facts CrashTally::facts(bool json, bool with_faults) const {
    std::vector<std::uint64_t> sorted = recovery_us;
    std::sort(sorted.begin(), sorted.end());
    const std::uint64_t median = sorted.empty() ? 0 : sorted[sorted.size() / 2];
    const std::uint64_t worst = sorted.empty() ? 0 : sorted.back();
    Facts facts;
    const auto number = [&](const char* name, const char* json_name, std::uint64_t count) {
        if (json) {
            facts.emplace_back(json_name, count);
        } else {
            facts.emplace_back(name, count_text(count));
        }
    };
    number("cycles", "cycles", cycles);
    number("acknowledged batches", "acknowledged", acknowledged);
    number("lost", "lost", lost);
    number("in flight", "in_flight", in_doubt);
    number("of those kept", "in_flight_kept", kept);
    number("torn tails", "torn_tails", torn_tails);
    number("full checks", "checks", checks);
    if (with_faults) {
        number("failed calls", "faults", faults);
        number("refused batches", "refused", refused);
    }
    if (json) {
        facts.emplace_back("recovery_us_p50", median);
        facts.emplace_back("recovery_us_max", worst);
    } else {
        facts.emplace_back("recovery",
                           "median " + time_text(median) + ", longest " + time_text(worst));
    }
    return facts;
}

Facts CrashFailure::facts() const {
    Facts facts;
    facts.emplace_back(status == exit_system ? "failed" : "wrong", what);
    facts.emplace_back("round", round);
    facts.emplace_back("again", again);
    facts.emplace_back("seed", seed);
    if (!kept.empty()) {
        facts.emplace_back("kept", kept);
    }
    return facts;
}

}  // namespace strata::tools
