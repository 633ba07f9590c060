// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <strata/result.hpp>

#include <string>
#include <utility>

/// Errors made by the programs. One line that says what, where, what was expected and what was
/// found; the program's name is added where it is printed.
namespace strata::tools {

template <typename... Args>
[[nodiscard]] Error fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
    return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

/// Wrong use of a program: exit status 2.
template <typename... Args>
[[nodiscard]] Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
    return fail(ErrorCode::invalid_argument, format, std::forward<Args>(args)...);
}

/// A failed system call, with the cause from errno: "FILE: open: No such file or directory".
[[nodiscard]] Error system_error(const std::string& where, const char* call);

/// `error` with the place where it happened put in front of its message.
[[nodiscard]] inline Error at(const std::string& place, Error error) {
    error.message = place + ": " + error.message;
    return error;
}

}  // namespace strata::tools
