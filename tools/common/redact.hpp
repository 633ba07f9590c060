// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/bytes.hpp>

#include <string>

namespace strata::tools {

/// Text of the same length that stands for the bytes: equal bytes give equal text, others with
/// overwhelming chance another one if there are 8 or more of them. It hides what is written, not
/// that a guess is right: who guesses the bytes can compare.
[[nodiscard]] std::string redacted(Bytes bytes);

}  // namespace strata::tools
