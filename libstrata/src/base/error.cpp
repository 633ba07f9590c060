// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

namespace strata {

const char* error_code_name(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::io:
            return "io";
        case ErrorCode::corruption:
            return "corrupt";
        case ErrorCode::invalid_argument:
            return "bad-request";
        case ErrorCode::not_found:
            return "not-found";
        case ErrorCode::busy:
            return "busy";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::read_only:
            return "read-only";
        case ErrorCode::closed:
            return "closed";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::no_space:
            return "no-space";
        case ErrorCode::gap:
            return "gap";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace strata
