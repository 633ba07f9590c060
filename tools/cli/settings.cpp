// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/sync_mode.hpp"

namespace strata::tools {
namespace {

struct Flag {
    std::string_view name;
    bool Settings::*member;
};
constexpr Flag flags[] = {
    {"ascii", &Settings::ascii}, {"null", &Settings::null_ends},
    {"quiet", &Settings::quiet}, {"verbose", &Settings::verbose},
    {"yes", &Settings::yes},     {"dry-run", &Settings::dry_run},
    {"timer", &Settings::timer}, {"json", &Settings::json_words},
};

Status apply_json_style(JsonStyle& style, std::string_view name, std::string_view value) {
    const std::string_view object_word = name == "bytes" ? "b64" : "string";
    const std::string_view default_word = name == "bytes" ? "text" : "number";
    if (value != object_word && value != default_word) {
        return usage_error("expected {} or {}, found \"{}\"", default_word, object_word,
                           escaped(value));
    }
    (name == "bytes" ? style.always_b64 : style.numbers_as_text) = value == object_word;
    return {};
}

}  // namespace

OutputStyle Settings::style(const Output& output, bool stream) const {
    const bool terminal = is_terminal(output.descriptor());
    OutputStyle style;
    style.format = terminal ? OutputFormat::table : OutputFormat::tsv;
    if (json_words) {
        style.format = stream ? OutputFormat::ndjson : OutputFormat::json;
    }
    style.format = format.value_or(style.format);
    style.key_format = key_format;
    style.value_format = value_format;
    style.json = json;
    style.ascii = ascii;
    style.null_ends = null_ends;
    style.color = style.format == OutputFormat::table && use_color(color, output.descriptor());
    style.columns = terminal ? terminal_size(output.descriptor()).columns : 0;
    return style;
}

Status apply_setting(Settings& settings, std::string_view name, std::string_view value) {
    for (const Flag& flag : flags) {
        if (flag.name == name) {
            settings.*flag.member = true;
            return {};
        }
    }
    if (name == "format") {
        settings.format = STRATA_TRY(parse_output_format(value));
        settings.json_words = false;
    } else if (name == "key-format") {
        settings.key_format = STRATA_TRY(parse_byte_format(value));
    } else if (name == "value-format") {
        settings.value_format = STRATA_TRY(parse_byte_format(value));
        settings.value_format_given = true;
    } else if (name == "bytes" || name == "bigint") {
        return apply_json_style(settings.json, name, value);
    } else if (name == "color") {
        settings.color = STRATA_TRY(parse_color_when(value));
    } else if (name == "pager") {
        settings.pager = value;
    } else if (name == "sync") {
        settings.sync = STRATA_TRY(parse_sync_mode(value));
    } else if (name == "async") {
        settings.sync = SyncMode::none();
    } else {
        return usage_error("no setting is called {}", escaped(name));
    }
    return {};
}

}  // namespace strata::tools
