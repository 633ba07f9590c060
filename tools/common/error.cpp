// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"

#include <cerrno>
#include <system_error>

namespace strata::tools {

Error system_error(const std::string& where, const char* call) {
    const int cause = errno;
    ErrorCode code = ErrorCode::io;
    if (cause == ENOSPC || cause == EDQUOT) {
        code = ErrorCode::no_space;
    } else if (cause == ENOENT) {
        code = ErrorCode::not_found;
    }
    return fail(code, "{}: {}: {}", where, call, std::generic_category().message(cause));
}

}  // namespace strata::tools
