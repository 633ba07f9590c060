// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/file_system.hpp>
#include <strata/result.hpp>

#include <string>
#include <vector>

/// What the arguments of the program stand for.
namespace strata::tools {

/// A store, or segment files that are read one after the other.
struct LogInput {
    std::string store{};               ///< its directory; empty: segments
    std::vector<std::string> files{};  ///< in order
};

/// What one argument stands for, by its content: a segment, the directory of a store, another
/// directory with segments. Anything else is an error that names the program to ask.
Result<LogInput> resolve_input(FileSystem& files, const std::string& argument);

}  // namespace strata::tools
