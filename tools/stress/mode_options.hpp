// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/record_output.hpp"
#include "stress/options.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

/// What the modes that prove something ask of the options.
namespace strata::tools {

/// Refuses options that belong to all modes but mean nothing to this one.
Status expect_options(const StressOptions& options, std::initializer_list<std::string_view> known);

/// Takes into `engine` what -o set.
void take_given(const StressOptions& options, Options& engine);

/// What -o set, as words of a command line: " -o memory=65536".
[[nodiscard]] std::string given_text(const StressOptions& options);

/// Of the summary: facts for people, or one JSON object.
[[nodiscard]] OutputStyle facts_style(const StressOptions& options);

}  // namespace strata::tools
