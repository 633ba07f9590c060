// SPDX-License-Identifier: Apache-2.0
#include "dump/options.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"
#include "dump/commands.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::tools {
namespace {

constexpr std::uint64_t width_min = 10;
constexpr std::uint64_t width_max = 1000;

template <bool DumpOptions::*member>
Status set_flag(DumpOptions& options, std::string_view) {
    options.*member = true;
    return {};
}

Result<std::string> key_in(const DumpOptions& options, std::string_view text) {
    return parse_bytes(options.style.key_format, text);
}

template <std::optional<std::string> ScanOptions::*member>
Status set_key(DumpOptions& options, std::string_view value) {
    options.range.*member = STRATA_TRY(key_in(options, value));
    return {};
}

Status set_prefix(DumpOptions& options, std::string_view value) {
    options.range.prefix = STRATA_TRY(key_in(options, value));
    return {};
}

template <std::uint64_t DumpOptions::*member>
Status set_count(DumpOptions& options, std::string_view value) {
    const auto number = parse_number(value);
    if (!number || *number == 0) {
        return usage_error("expected a number above 0, found \"{}\"", escaped(value));
    }
    options.*member = *number;
    return {};
}

Status set_match(DumpOptions& options, std::string_view value) {
    options.match = value;
    return {};
}

Status set_tombstones(DumpOptions& options, std::string_view value) {
    if (value != "only" && value != "no") {
        return usage_error("expected only or no, found \"{}\"", escaped(value));
    }
    options.tombstones = value == "no" ? Tombstones::no : Tombstones::only;
    return {};
}

Status set_redact(DumpOptions& options, std::string_view value) {
    if (value != "keys" && value != "values" && value != "both") {
        return usage_error("expected keys, values or both, found \"{}\"", escaped(value));
    }
    options.style.redact_keys = value != "values";
    options.style.redact_values = value != "keys";
    return {};
}

Status set_sep(DumpOptions& options, std::string_view value) {
    options.separators = STRATA_TRY(parse_escaped(value));
    return {};
}

Status set_block(DumpOptions& options, std::string_view value) {
    options.block = parse_number(value);
    if (!options.block) {
        return usage_error("expected the number of a block, found \"{}\"", escaped(value));
    }
    return {};
}

Status set_bytes(DumpOptions& options, std::string_view value) {
    options.bytes = STRATA_TRY(parse_size(value));
    if (options.bytes == 0) {
        return usage_error("expected a size above 0, found \"{}\"", escaped(value));
    }
    return {};
}

template <std::optional<std::string> DumpOptions::*member>
Status set_path(DumpOptions& options, std::string_view value) {
    options.*member = std::string{value};
    return {};
}

Status set_test(DumpOptions& options, std::string_view value) {
    options.test = STRATA_TRY(key_in(options, value));
    return {};
}

Status set_width(DumpOptions& options, std::string_view value) {
    const auto number = parse_number(value, width_max);
    if (!number || *number < width_min) {
        return usage_error("expected a number from {} to {}, found \"{}\"", width_min, width_max,
                           escaped(value));
    }
    options.width = *number;
    return {};
}

template <ByteFormat OutputStyle::*member>
Status set_byte_format(DumpOptions& options, std::string_view value) {
    options.style.*member = STRATA_TRY(parse_byte_format(value));
    return {};
}

Status set_format(DumpOptions& options, std::string_view value) {
    options.format = STRATA_TRY(parse_output_format(value));
    return {};
}

Status set_color(DumpOptions& options, std::string_view value) {
    options.color = STRATA_TRY(parse_color_when(value));
    return {};
}

Status set_reverse(DumpOptions& options, std::string_view) {
    options.range.reverse = true;
    return {};
}

Status set_ascii(DumpOptions& options, std::string_view) {
    options.style.ascii = true;
    return {};
}

// Options of single commands come first, those of all commands last.
constexpr DumpOption option_rows[] = {
    {"--from", "KEY", "records hist space", "from this key on", set_key<&ScanOptions::from>},
    {"--to", "KEY", "records hist space", "up to this key, without it", set_key<&ScanOptions::to>},
    {"--after", "KEY", "records", "behind this key", set_key<&ScanOptions::after>},
    {"--prefix", "KEY", "records hist space", "only keys that begin so", set_prefix},
    {"--match", "GLOB", "records", "only keys that match: * ? [a-z] [!a-z]", set_match},
    {"--tombstones", "WHICH", "records", "only: nothing but deletes; no: none of them",
     set_tombstones},
    {"--reverse", "", "records", "from the greatest key down", set_reverse},
    {"--limit", "N", "records", "at most N records", set_count<&DumpOptions::limit>},
    {"--all-versions", "", "records diff", "every version of every key, deletes too",
     set_flag<&DumpOptions::all_versions>},
    {"--internal", "", "records", "the same, with sequence and type",
     set_flag<&DumpOptions::internal>},
    {"--fast", "", "check layout", "leave out the data blocks", set_flag<&DumpOptions::fast>},
    {"--blocks", "", "layout", "list the data blocks", set_flag<&DumpOptions::blocks>},
    {"--block", "N", "hex", "of a table: data block N, unfolded too", set_block},
    {"--footer", "", "hex", "of a table: its footer", set_flag<&DumpOptions::footer>},
    {"--bytes", "SIZE", "hex", "so many bytes: 64k, with @OFFSET 256, unless given", set_bytes},
    {"--plain", "", "hex", "digits and characters, nothing explained",
     set_flag<&DumpOptions::plain>},
    {"--depth", "N", "space", "by prefix: up to the Nth separator of each key",
     set_count<&DumpOptions::depth>},
    {"--sep", "BYTES", "space", "what separates the parts of a key; usually : and /", set_sep},
    {"--ranges", "N", "space", "about N ranges, of equal size; 16 unless given",
     set_count<&DumpOptions::ranges>},
    {"--test", "KEY", "filter", "what the filter says of a key; status 1 when it is absent",
     set_test},
    {"--measure", "N", "filter", "ask it for N random keys: the true rate of false positives",
     set_count<&DumpOptions::measure>},
    {"--width", "N", "layout", "columns of the map", set_width},
    {"--orphans", "", "manifest", "list the files that it does not name",
     set_flag<&DumpOptions::orphans>},
    {"-o,--output", "FILE", "salvage", "the new file for what can be read; -: standard output",
     set_path<&DumpOptions::output>},
    {"--ledger", "FILE", "salvage", "a new file for what cannot be read, as JSON lines",
     set_path<&DumpOptions::ledger>},

    {"-f,--format", "FORMAT", "", "table, tsv, json, ndjson or raw", set_format},
    {"--json", "", "", "one JSON object per line", set_flag<&DumpOptions::json>},
    {"-K,--key-format", "FORMAT", "", "how keys are written and read",
     set_byte_format<&OutputStyle::key_format>},
    {"-V,--value-format", "FORMAT", "", "how values are written",
     set_byte_format<&OutputStyle::value_format>},
    {"--redact", "WHAT", "", "keys, values or both: stand-ins of the same length", set_redact},
    {"--ascii", "", "", "escape everything beyond ASCII", set_ascii},
    {"--color", "WHEN", "", "auto, always or never", set_color},
    {"-q,--quiet", "", "", "no notes on standard error", set_flag<&DumpOptions::quiet>},
    {"-h,--help", "", "", "this help, or that of a command", set_flag<&DumpOptions::help>},
    {"--version", "", "", "the version", set_flag<&DumpOptions::version>},
};

bool belongs_to(const DumpOption& option, std::string_view command) {
    const std::string padded = fmt::format(" {} ", option.commands);
    return option.commands.empty() || padded.find(fmt::format(" {} ", command)) != padded.npos;
}

std::string_view long_name(const DumpOption& option) {
    return option.names.substr(option.names.rfind("--"));
}

/// Takes "@OFFSET" out of the words: decimal, or hexadecimal with 0x.
Status take_offset(DumpOptions& options, std::vector<std::string>& words) {
    const auto at = std::ranges::find_if(words, [](const std::string& word) {
        return word.size() > 1 && word[0] == '@' && word[1] >= '0' && word[1] <= '9';
    });
    if (at == words.end()) {
        return {};
    }
    options.offset = parse_number(std::string_view{*at}.substr(1));
    if (!options.offset) {
        return usage_error("expected @OFFSET, decimal or 0x..., found \"{}\"", escaped(*at));
    }
    words.erase(at);
    return {};
}

void append_row(std::string& text, std::string_view left, std::string_view right) {
    text += fmt::format("  {:<26}{}\n", left, right);
}

/// The options of one command, or those of all commands.
void append_options(std::string& text, const DumpCommand* command) {
    for (const DumpOption& option : option_rows) {
        if (command == nullptr ? !option.commands.empty() : !belongs_to(option, command->name)) {
            continue;
        }
        std::string left{option.names};
        if (const auto comma = left.find(','); comma != std::string::npos) {
            left.insert(comma + 1, " ");
        }
        if (!option.argument.empty()) {
            left += fmt::format(" {}", option.argument);
        }
        append_row(text, left, option.help);
    }
}

}  // namespace

std::span<const DumpOption> dump_options() noexcept { return option_rows; }

Status apply_dump_option(DumpOptions& options, std::string_view name, std::string_view value) {
    const auto* option = std::ranges::find_if(
        option_rows, [name](const DumpOption& row) { return long_name(row).substr(2) == name; });
    if (option == std::end(option_rows)) {
        return usage_error("no such option: --{}", name);
    }
    options.given.push_back(option);
    return option->apply(options, value);
}

Status apply_dump_words(DumpOptions& options, const std::vector<std::string>& words) {
    std::vector<std::string> rest = words;
    options.command = rest.empty() ? nullptr : find_dump_command(rest.front());
    if (options.command != nullptr) {
        rest.erase(rest.begin());
    } else if (!options.help) {
        options.command = &dump_commands().front();
    }
    if (options.help || options.version) {
        return {};
    }
    const DumpCommand& command = *options.command;
    for (const DumpOption* option : options.given) {
        if (!belongs_to(*option, command.name)) {
            return usage_error("{}: not an option of {}, but of {}", long_name(*option),
                               command.name, option->commands);
        }
    }
    if (command.takes_offset) {
        STRATA_TRY(take_offset(options, rest));
    }
    const std::size_t files = rest.size() - std::min(rest.size(), command.arguments);
    if (rest.size() < command.arguments || files < command.files_min || files > command.files_max) {
        return usage_error("{}: \"strata-dump {} {}\"; --help explains",
                           files > command.files_max ? "too many words"
                           : rest.empty()            ? "no file"
                                                     : "too few words",
                           command.name, command.operands);
    }
    const auto middle = rest.begin() + static_cast<std::ptrdiff_t>(command.arguments);
    options.arguments.assign(rest.begin(), middle);
    options.files.assign(middle, rest.end());
    return {};
}

void resolve_style(DumpOptions& options, int descriptor) {
    const bool terminal = is_terminal(descriptor);
    const OutputFormat usual = terminal ? OutputFormat::table : OutputFormat::tsv;
    options.style.format = options.format.value_or(options.json ? OutputFormat::ndjson : usual);
    options.style.color = use_color(options.color, descriptor);
    options.style.columns = terminal ? terminal_size(descriptor).columns : 0;
}

std::string dump_help(const DumpCommand* command) {
    std::string text;
    if (command != nullptr) {
        text = fmt::format("strata-dump {} [OPTIONS] {}\n\n{}.\n", command->name, command->operands,
                           command->help);
    } else {
        text =
            "strata-dump [COMMAND] [OPTIONS] FILE|DIR...\n\n"
            "Shows the files of a store. Never locks and never writes beside them.\n\nCommands:\n";
        for (const DumpCommand& row : dump_commands()) {
            append_row(text, fmt::format("{} {}", row.name, row.operands), row.help);
        }
    }
    text += command != nullptr
                ? "\nOptions:\n"
                : "\nOptions of all commands; \"strata-dump COMMAND --help\" adds its own:\n";
    append_options(text, command);
    return text;
}

}  // namespace strata::tools
