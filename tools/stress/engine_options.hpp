// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <string>
#include <string_view>

/// Options of the store itself, as -o takes them: "memory=64M", "compression=none".
namespace strata::tools {

/// Takes "name=value"; the names are those of the members of strata::Options. Returns the name.
Result<std::string> apply_engine_option(Options& options, std::string_view text);

/// Gives `to` the value that `from` has for the option of that name; no other name does anything.
void copy_engine_option(std::string_view name, const Options& from, Options& to);

/// Every option, in the form that apply_engine_option() takes: "memory=268435456 ...".
[[nodiscard]] std::string engine_options_text(const Options& options);

[[nodiscard]] std::string_view compression_name(Compression compression) noexcept;

}  // namespace strata::tools
