// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serve/server.hpp"
#include "serve/service.hpp"

#include <strata/options.hpp>
#include <strata/result.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

/// What strata-serve was asked to do.
namespace strata::tools {

/// One option of the program, for the parser, the help and the manual page.
struct ServeOption {
    std::string_view names;     ///< as the parser wants them: "-q,--quiet"
    std::string_view argument;  ///< what --help calls its value; empty: it takes none
    std::string_view help;
};
[[nodiscard]] const std::vector<ServeOption>& serve_options();

struct ServeOptions {
    std::string store{};
    Options open{};
    ServiceOptions service{};
    ServerOptions server{};
    std::chrono::milliseconds drain{10'000};
    std::chrono::milliseconds drain_delay{0};
    bool quiet = false;
    bool json = false;
    bool help = false;
    bool version = false;
};

/// Applies one option. Errors name what was expected.
Status apply_serve_option(ServeOptions& options, std::string_view name, std::string_view value);
/// What stands beside the options, and what only makes sense together. `environment_store`: the
/// value of STRATA_STORE, or empty.
Status apply_serve_words(ServeOptions& options, const std::vector<std::string>& words,
                         const std::string& environment_store);

[[nodiscard]] std::string serve_help();

}  // namespace strata::tools
