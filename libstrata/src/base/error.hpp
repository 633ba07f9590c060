// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <strata/result.hpp>

#include <cstdint>
#include <string>
#include <utility>

/// Makers of errors. Context (file, offset) is added once, where it is known.
namespace strata {

template <typename... Args>
[[nodiscard]] Error make_error(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
    return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

/// Damage at a place in a file: "PATH: at OFFSET: what was expected and found".
template <typename... Args>
[[nodiscard]] Error corruption_at(const std::string& path, std::uint64_t offset,
                                  fmt::format_string<Args...> format, Args&&... args) {
    return make_error(ErrorCode::corruption, "{}: at {}: {}", path, offset,
                      fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
[[nodiscard]] Error invalid_argument(fmt::format_string<Args...> format, Args&&... args) {
    return make_error(ErrorCode::invalid_argument, format, std::forward<Args>(args)...);
}

/// A Status is not copyable; this makes another one with the same content.
[[nodiscard]] inline Status copy_status(const Status& status) {
    return status ? Status{} : Status{Error{status.error()}};
}

}  // namespace strata
