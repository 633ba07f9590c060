// SPDX-License-Identifier: Apache-2.0
#include "stress/mode_options.hpp"

#include "common/error.hpp"
#include "stress/engine_options.hpp"
#include "stress/mode_table.hpp"

#include <algorithm>

namespace strata::tools {

Status expect_options(const StressOptions& options, std::initializer_list<std::string_view> known) {
    for (const StressOption* option : options.given) {
        const std::string_view name = option->names.substr(option->names.rfind("--") + 2);
        const bool common = name == "json" || name == "quiet" || name == "seed";
        if (is_shared(*option) && !common &&
            std::find(known.begin(), known.end(), name) == known.end()) {
            return usage_error(
                "--{}: {} chooses this itself; its options are in "
                "\"strata-stress {} --help\" and strata-stress(1)",
                name, options.mode->name, options.mode->name);
        }
    }
    return {};
}

void take_given(const StressOptions& options, Options& engine) {
    for (const std::string& name : options.engine_given) {
        copy_engine_option(name, options.engine, engine);
    }
}

std::string given_text(const StressOptions& options) {
    // The text names every option as NAME=VALUE between blanks.
    const std::string all = " " + engine_options_text(options.engine) + " ";
    std::string text;
    for (const std::string& name : options.engine_given) {
        const std::size_t begin = all.find(" " + name + "=");
        if (begin != std::string::npos) {
            text += " -o" + all.substr(begin, all.find(' ', begin + 1) - begin);
        }
    }
    return text;
}

OutputStyle facts_style(const StressOptions& options) {
    OutputStyle style;
    style.format = options.json ? OutputFormat::json : OutputFormat::table;
    return style;
}

}  // namespace strata::tools
