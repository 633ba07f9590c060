// SPDX-License-Identifier: Apache-2.0
#include "dump/options.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

struct Flag {
    std::string_view name;
    bool DumpOptions::*member;
};
constexpr Flag flags[] = {
    {"all-versions", &DumpOptions::all_versions},
    {"fast", &DumpOptions::fast},
    {"help", &DumpOptions::help},
    {"internal", &DumpOptions::internal},
    {"json", &DumpOptions::json},
    {"quiet", &DumpOptions::quiet},
    {"version", &DumpOptions::version},
};

struct CommandName {
    std::string_view name;
    DumpCommand command;
    std::string_view help;
};
constexpr CommandName commands[] = {
    {"records", DumpCommand::records, "keys and values, the default"},
    {"props", DumpCommand::props, "what a table says of itself"},
    {"check", DumpCommand::check, "verify every byte; exit status 5 when damage is found"},
};

Status apply_key(DumpOptions& options, std::string_view name, std::string_view value) {
    std::string key = STRATA_TRY(parse_bytes(options.style.key_format, value));
    if (name == "prefix") {
        options.range.prefix = std::move(key);
    } else if (name == "from") {
        options.range.from = std::move(key);
    } else if (name == "to") {
        options.range.to = std::move(key);
    } else {
        options.range.after = std::move(key);
    }
    return {};
}

}  // namespace

const std::vector<DumpOption>& dump_options() {
    static const std::vector<DumpOption> options{
        {"--from", "KEY", "from this key on"},
        {"--to", "KEY", "up to this key, without it"},
        {"--after", "KEY", "behind this key"},
        {"--prefix", "KEY", "only keys that begin so"},
        {"--reverse", "", "from the greatest key down"},
        {"--limit", "N", "at most N records"},
        {"--all-versions", "", "every version of every key, deletes too"},
        {"--internal", "", "the same, with sequence and type"},
        {"--fast", "", "check: leave out the data blocks"},
        {"-f,--format", "FORMAT", "table, tsv, json, ndjson or raw"},
        {"--json", "", "one JSON object per line"},
        {"-K,--key-format", "FORMAT", "how keys are written and read"},
        {"-V,--value-format", "FORMAT", "how values are written"},
        {"--ascii", "", "escape everything beyond ASCII"},
        {"--color", "WHEN", "auto, always or never"},
        {"-q,--quiet", "", "no notes on standard error"},
        {"-h,--help", "", "this help"},
        {"--version", "", "the version"},
    };
    return options;
}

Status apply_dump_option(DumpOptions& options, std::string_view name, std::string_view value) {
    const auto* flag = std::ranges::find(flags, name, &Flag::name);
    if (flag != std::end(flags)) {
        options.*(flag->member) = true;
    } else if (name == "reverse") {
        options.range.reverse = true;
    } else if (name == "ascii") {
        options.style.ascii = true;
    } else if (name == "format") {
        options.format = STRATA_TRY(parse_output_format(value));
    } else if (name == "key-format") {
        options.style.key_format = STRATA_TRY(parse_byte_format(value));
    } else if (name == "value-format") {
        options.style.value_format = STRATA_TRY(parse_byte_format(value));
    } else if (name == "color") {
        options.color = STRATA_TRY(parse_color_when(value));
    } else if (name == "limit") {
        const auto limit = parse_number(value);
        if (!limit || *limit == 0) {
            return usage_error("expected a number above 0, found \"{}\"", escaped(value));
        }
        options.limit = *limit;
    } else {
        return apply_key(options, name, value);
    }
    return {};
}

Status apply_dump_words(DumpOptions& options, const std::vector<std::string>& words) {
    auto first = words.begin();
    if (first != words.end()) {
        const auto* command = std::ranges::find(commands, *first, &CommandName::name);
        if (command != std::end(commands)) {
            options.command = command->command;
            ++first;
        }
    }
    options.files.assign(first, words.end());
    if (options.files.empty() && !options.help && !options.version) {
        return usage_error("no file: \"strata-dump [COMMAND] FILE...\"; --help explains");
    }
    return {};
}

void resolve_style(DumpOptions& options, int descriptor) {
    const bool terminal = is_terminal(descriptor);
    const OutputFormat usual = terminal ? OutputFormat::table : OutputFormat::tsv;
    options.style.format = options.format.value_or(options.json ? OutputFormat::ndjson : usual);
    options.style.color = use_color(options.color, descriptor);
    options.style.columns = terminal ? terminal_size(descriptor).columns : 0;
}

std::string dump_help() {
    std::string text =
        "strata-dump [COMMAND] [OPTIONS] FILE|DIR...\n\n"
        "Shows the tables of a store. Never locks and never writes.\n\nCommands:\n";
    for (const CommandName& command : commands) {
        text += fmt::format("  {:<26}{}\n", command.name, command.help);
    }
    text += "\nOptions:\n";
    for (const DumpOption& option : dump_options()) {
        std::string names{option.names};
        if (const auto comma = names.find(','); comma != std::string::npos) {
            names = fmt::format("{}, {}", option.names.substr(0, comma),
                                option.names.substr(comma + 1));
        }
        const std::string left =
            option.argument.empty() ? names : fmt::format("{} {}", names, option.argument);
        text += fmt::format("  {:<26}{}\n", left, option.help);
    }
    return text;
}

}  // namespace strata::tools
