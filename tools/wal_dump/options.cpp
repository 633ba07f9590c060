// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/options.hpp"

#include "base/clock.hpp"
#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"
#include "wal_dump/times.hpp"

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
    {"durable-only", &WalDumpOptions::durable_only},
    {"follow", &WalDumpOptions::follow},
    {"help", &WalDumpOptions::help},
    {"json", &WalDumpOptions::json},
    {"offsets", &WalDumpOptions::offsets},
    {"quiet", &WalDumpOptions::quiet},
    {"strict", &WalDumpOptions::strict},
    {"version", &WalDumpOptions::version},
};

struct ModeOption {
    std::string_view name;
    WalDumpMode mode;
};
constexpr ModeOption mode_options[] = {
    {"batches", WalDumpMode::batches}, {"hex", WalDumpMode::hex},   {"script", WalDumpMode::script},
    {"stats", WalDumpMode::stats},     {"gaps", WalDumpMode::gaps}, {"check", WalDumpMode::check},
    {"extract", WalDumpMode::extract},
};

Result<std::uint64_t> parse_count(std::string_view value) {
    const auto number = parse_number(value);
    if (!number) {
        return usage_error("expected a number, found \"{}\"", escaped(value));
    }
    return *number;
}

Result<std::uint64_t> parse_positive(std::string_view value) {
    const std::uint64_t number = STRATA_TRY(parse_count(value));
    if (number == 0) {
        return usage_error("expected a number above 0, found 0");
    }
    return number;
}

Result<OperationTypes> parse_types(std::string_view value) {
    OperationTypes types{.put = false, .del = false, .rangedel = false, .merge = false};
    std::string_view rest = value;
    bool more = true;
    while (more) {
        const std::size_t comma = rest.find(',');
        const std::string_view word = rest.substr(0, comma);
        if (word == "put") {
            types.put = true;
        } else if (word == "del") {
            types.del = true;
        } else if (word == "rangedel") {
            types.rangedel = true;
        } else if (word == "merge") {
            types.merge = true;
        } else if (word == "batch") {
            types.only_batches = true;
        } else {
            return usage_error("expected put, del, rangedel, merge or batch, found \"{}\"",
                               escaped(word));
        }
        more = comma != std::string_view::npos;
        rest = more ? rest.substr(comma + 1) : rest;
    }
    if (!types.put && !types.del && !types.rangedel && !types.merge) {
        return OperationTypes{.only_batches = true};
    }
    return types;
}

Result<OnError> parse_on_error(std::string_view value) {
    if (value == "report" || value == "skip" || value == "stop") {
        return value == "report" ? OnError::report
               : value == "skip" ? OnError::skip
                                 : OnError::stop;
    }
    return usage_error("expected report, skip or stop, found \"{}\"", escaped(value));
}

Status apply_style(WalDumpOptions& options, std::string_view name, std::string_view value) {
    if (name == "ascii") {
        options.style.ascii = true;
    } else if (name == "format") {
        options.format = STRATA_TRY(parse_output_format(value));
    } else if (name == "key-format") {
        options.style.key_format = STRATA_TRY(parse_byte_format(value));
    } else if (name == "value-format") {
        options.style.value_format = STRATA_TRY(parse_byte_format(value));
    } else {
        options.color = STRATA_TRY(parse_color_when(value));
    }
    return {};
}

Status apply_selection(WalDumpOptions& options, std::string_view name, std::string_view value) {
    if (name == "prefix") {
        options.prefix = STRATA_TRY(parse_bytes(options.style.key_format, value));
    } else if (name == "match") {
        options.match = Glob { STRATA_TRY(parse_escaped(value)) };
    } else if (name == "type") {
        options.types = STRATA_TRY(parse_types(value));
    } else if (name == "from-seq") {
        options.from_sequence = STRATA_TRY(parse_count(value));
    } else if (name == "to-seq") {
        options.to_sequence = STRATA_TRY(parse_count(value));
    } else if (name == "since") {
        options.since_ms = STRATA_TRY(parse_time(value, now_ms()));
    } else if (name == "tail") {
        options.tail = STRATA_TRY(parse_positive(value));
    } else {
        options.limit = STRATA_TRY(parse_positive(value));
    }
    return {};
}

Status check_combination(const WalDumpOptions& options) {
    if (options.modes.size() > 1) {
        return usage_error("--{} and --{} exclude each other: each says what is shown",
                           options.modes[0], options.modes[1]);
    }
    const bool summary = options.mode == WalDumpMode::stats || options.mode == WalDumpMode::gaps ||
                         options.mode == WalDumpMode::check || options.mode == WalDumpMode::extract;
    if (options.follow && summary) {
        return usage_error(
            "--follow and --{} exclude each other: one never ends, the other needs "
            "the end",
            options.modes[0]);
    }
    if (options.follow && options.durable_only) {
        return usage_error(
            "--follow and --durable-only exclude each other: what is durable is "
            "known only of a log that stands still");
    }
    if (options.follow && options.files.size() > 1) {
        return usage_error("--follow takes one store or file, found {}", options.files.size());
    }
    if (options.until_idle && !options.follow) {
        return usage_error("--until-idle goes with --follow");
    }
    if (options.mode == WalDumpMode::extract && options.filters_records()) {
        return usage_error(
            "--extract takes whole batches: choose by --from-seq, --to-seq, --since "
            "or --tail");
    }
    if (options.format &&
        (options.mode == WalDumpMode::script || options.mode == WalDumpMode::extract)) {
        return usage_error("--format and --{} exclude each other", options.modes[0]);
    }
    return {};
}

}  // namespace

const std::vector<WalDumpOption>& wal_dump_options() {
    static const std::vector<WalDumpOption> options{
        {"--from-seq", "N", "from this sequence on"},
        {"--to-seq", "N", "up to this sequence, without it"},
        {"--since", "TIME", "written since 2026-05-01T12:30:00Z, or 10m ago"},
        {"--prefix", "KEY", "only keys that begin so"},
        {"--match", "GLOB", "only keys that match: * ? [a-z] [!a-z]"},
        {"--type", "TYPES", "only put,del,rangedel,merge; batch: written together"},
        {"--tail", "N", "only the last N records, or frames"},
        {"--limit", "N", "at most N; everything is verified all the same"},
        {"--durable-only", "", "only what was known to be on stable storage"},
        {"-f,--follow", "", "wait for more, across segments, until Ctrl-C"},
        {"--until-idle", "DURATION", "with --follow: end when nothing came for so long"},
        {"--batches", "", "frames: one line for each batch, link, mark, seal"},
        {"--hex", "", "bytes, explained field by field"},
        {"--script", "", "commands that strata-cli replays to the same state"},
        {"--stats", "", "counts, sizes, times"},
        {"--gaps", "", "sequences that are missing"},
        {"--check", "", "only verify: a verdict for each file, and for all"},
        {"--extract", "OUT", "copy the good batches into a new segment file"},
        {"--on-error", "WHAT", "report a loss (default), skip it, or stop there"},
        {"--offsets", "", "with segment and offset of each record's frame"},
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

bool WalDumpOptions::filters_records() const noexcept {
    return !prefix.empty() || match || !types.put || !types.del || !types.rangedel ||
           !types.merge || types.only_batches;
}

Status apply_wal_dump_option(WalDumpOptions& options, std::string_view name,
                             std::string_view value) {
    const auto* flag = std::ranges::find(flags, name, &Flag::name);
    const auto* mode = std::ranges::find(mode_options, name, &ModeOption::name);
    constexpr std::string_view style[] = {"ascii", "format", "key-format", "value-format", "color"};
    if (flag != std::end(flags)) {
        options.*(flag->member) = true;
        return {};
    }
    if (mode != std::end(mode_options)) {
        options.mode = mode->mode;
        options.modes.emplace_back(name);
        options.extract_to = value;
        return {};
    }
    if (std::ranges::find(style, name) != std::end(style)) {
        return apply_style(options, name, value);
    }
    if (name == "on-error") {
        options.on_error = STRATA_TRY(parse_on_error(value));
        return {};
    }
    if (name == "until-idle") {
        options.until_idle = STRATA_TRY(parse_duration(value));
        return {};
    }
    return apply_selection(options, name, value);
}

Status apply_wal_dump_files(WalDumpOptions& options, std::vector<std::string> files) {
    options.files = std::move(files);
    if (options.help || options.version) {
        return {};
    }
    if (options.files.empty()) {
        return usage_error("no file: \"strata-wal-dump FILE...\"; --help explains");
    }
    return check_combination(options);
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
        "strata-wal-dump [OPTIONS] FILE|DIR|STORE...\n\n"
        "Shows what WAL segments hold, and says whether they are whole, with the evidence. A\n"
        "store stands for its log as recovery reads it, another directory for its *.wal in\n"
        "order. Never locks and never writes; works on a live store and on a damaged one.\n"
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
