// SPDX-License-Identifier: Apache-2.0
#include "io/system_error.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <system_error>

namespace strata {
namespace {

ErrorCode code_of(int number) {
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            return ErrorCode::not_found;
        case ENOSPC:
        case EDQUOT:
            return ErrorCode::no_space;
        default:
            return ErrorCode::io;
    }
}

}  // namespace

Error system_error(const std::string& path, const char* call, int number) {
    return make_error(code_of(number), "{}: {}: {}", path, call,
                      std::generic_category().message(number));
}

}  // namespace strata
