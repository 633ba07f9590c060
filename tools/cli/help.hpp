// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/result.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Help, made from the command table.
namespace strata::tools {

/// What --help prints.
[[nodiscard]] std::string program_help();
/// The same facts as one JSON object.
[[nodiscard]] std::string program_help_json();

/// Of a command or a topic; invalid_argument when there is none of that name.
Result<std::string> topic_help(std::string_view topic);

/// Names of the topics that are not commands.
[[nodiscard]] std::vector<std::string_view> help_topics();

}  // namespace strata::tools
