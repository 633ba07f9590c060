// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/options.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace strata::tools {
namespace {

struct Flag {
    std::string_view name;
    bool WalDumpOptions::*member;
};
constexpr Flag flags[] = {
    {"batches", &WalDumpOptions::batches}, {"check", &WalDumpOptions::check},
    {"help", &WalDumpOptions::help},       {"json", &WalDumpOptions::json},
    {"offsets", &WalDumpOptions::offsets}, {"quiet", &WalDumpOptions::quiet},
    {"strict", &WalDumpOptions::strict},   {"version", &WalDumpOptions::version},
};

Result<std::uint64_t> parse_count(std::string_view value) {
    const auto number = parse_number(value);
    if (!number) {
        return usage_error("expected a number, found \"{}\"", escaped(value));
    }
    return *number;
}

}  // namespace

const std::vector<WalDumpOption>& wal_dump_options() {
    static const std::vector<WalDumpOption> options{
        {"--from-seq", "N", "from this sequence on"},
        {"--to-seq", "N", "up to this sequence, without it"},
        {"--prefix", "KEY", "only keys that begin so"},
        {"--limit", "N", "at most N records; everything is verified all the same"},
        {"--batches", "", "frames instead of records: one line for each batch, link, mark, seal"},
        {"--check", "", "only verify"},
        {"--offsets", "", "with the offset of each record's frame"},
        {"--strict", "", "exit status 5 for a torn tail and for a gap too"},
        {"--format", "FORMAT", "table, tsv, json, ndjson or raw"},
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

Status apply_wal_dump_option(WalDumpOptions& options, std::string_view name,
                             std::string_view value) {
    const auto* flag = std::ranges::find(flags, name, &Flag::name);
    if (flag != std::end(flags)) {
        options.*(flag->member) = true;
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
    } else if (name == "prefix") {
        options.prefix = STRATA_TRY(parse_bytes(options.style.key_format, value));
    } else if (name == "from-seq") {
        options.from_sequence = STRATA_TRY(parse_count(value));
    } else if (name == "to-seq") {
        options.to_sequence = STRATA_TRY(parse_count(value));
    } else {
        options.limit = STRATA_TRY(parse_count(value));
        if (options.limit == 0) {
            return usage_error("expected a number above 0, found 0");
        }
    }
    return {};
}

Status apply_wal_dump_files(WalDumpOptions& options, std::vector<std::string> files) {
    options.files = std::move(files);
    if (options.files.empty() && !options.help && !options.version) {
        return usage_error("no file: \"strata-wal-dump FILE...\"; --help explains");
    }
    return {};
}

void resolve_style(WalDumpOptions& options, int descriptor) {
    const bool terminal = is_terminal(descriptor);
    const OutputFormat usual = terminal ? OutputFormat::table : OutputFormat::tsv;
    options.style.format = options.format.value_or(options.json ? OutputFormat::ndjson : usual);
    options.style.color = use_color(options.color, descriptor);
    options.style.columns = terminal ? terminal_size(descriptor).columns : 0;
}

std::string wal_dump_help() {
    std::string text =
        "strata-wal-dump [OPTIONS] FILE|DIR...\n\n"
        "Shows what WAL segments hold, and says whether they are whole. A directory stands for\n"
        "its *.wal in order. Never locks and never writes; works on a live store and on a\n"
        "damaged one.\n"
        "\nOptions:\n";
    for (const WalDumpOption& option : wal_dump_options()) {
        const std::size_t comma = option.names.find(',');
        std::string left{option.names};
        if (comma != std::string_view::npos) {
            left = fmt::format("{}, {}", option.names.substr(0, comma),
                               option.names.substr(comma + 1));
        }
        if (!option.argument.empty()) {
            left = fmt::format("{} {}", left, option.argument);
        }
        text += fmt::format("  {:<26}{}\n", left, option.help);
    }
    return text;
}

}  // namespace strata::tools
