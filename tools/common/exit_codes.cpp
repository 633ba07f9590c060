// SPDX-License-Identifier: Apache-2.0
#include "common/exit_codes.hpp"

namespace strata::tools {
namespace {

constexpr ExitCodeMeaning meanings[] = {
    {exit_done, "done; a scan without rows is done too"},
    {exit_negative, "negative answer: key absent, differences found"},
    {exit_usage, "usage: bad option, bad syntax"},
    {exit_system, "system: I/O, permission, no space, missing store"},
    {exit_busy, "store busy: another process owns it"},
    {exit_corrupt, "corruption found"},
    {exit_conflict, "conflict: a condition did not hold, nothing was written"},
    {exit_refused, "refused: read-only, history no longer kept, unsupported format"},
    {exit_verification, "verification failed"},
    {exit_partial, "partial: some records were rejected or lost"},
    {exit_timeout, "timeout"},
    {exit_interrupted, "interrupted (Ctrl-C)"},
};

}  // namespace

std::span<const ExitCodeMeaning> exit_code_meanings() noexcept { return meanings; }

int exit_code_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_argument:
            return exit_usage;
        case ErrorCode::busy:
            return exit_busy;
        case ErrorCode::corruption:
            return exit_corrupt;
        case ErrorCode::conflict:
            return exit_conflict;
        case ErrorCode::unsupported:
        case ErrorCode::read_only:
        case ErrorCode::gap:
            return exit_refused;
        case ErrorCode::io:
        case ErrorCode::not_found:
        case ErrorCode::closed:
        case ErrorCode::no_space:
        case ErrorCode::internal:
            break;
    }
    return exit_system;
}

}  // namespace strata::tools
