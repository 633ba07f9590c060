// SPDX-License-Identifier: Apache-2.0
#include "stress/options.hpp"

#include "common/encoding.hpp"
#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/sync_mode.hpp"
#include "common/units.hpp"
#include "http/endpoint.hpp"
#include "stress/engine_options.hpp"
#include "stress/mode_table.hpp"
#include "stress/parse.hpp"
#include "stress/preset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace strata::tools {
namespace {

constexpr unsigned threads_max = 1024;
// The modes that make work for a store.
constexpr std::string_view work_modes = "bench verify crash replay soak";

template <bool StressOptions::*member>
Status set_flag(StressOptions& options, std::string_view) {
    options.*member = true;
    return {};
}

template <std::string StressOptions::*member>
Status set_text(StressOptions& options, std::string_view value) {
    if (value.empty()) {
        return usage_error("expected a name, found \"\"");
    }
    options.*member = value;
    return {};
}

/// A count as people write it: 1000000, 1M. Letters are powers of 1000 here.
Result<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t factor = 1;
    std::string_view digits = text;
    if (!text.empty()) {
        const char letter = text.back();
        factor = letter == 'k' || letter == 'K' ? 1000 : letter == 'M' ? 1'000'000 : 1;
        digits.remove_suffix(factor == 1 ? 0 : 1);
    }
    constexpr std::uint64_t most = 1'000'000'000'000;
    const auto number = parse_number(digits, most / factor);
    if (!number || *number == 0) {
        return usage_error("expected a number above 0, such as 1000, 50k or 1M, found \"{}\"",
                           escaped(text));
    }
    return *number * factor;
}

template <std::optional<std::uint64_t> StressOptions::*member>
Status set_count(StressOptions& options, std::string_view value) {
    options.*member = STRATA_TRY(parse_count(value));
    return {};
}

template <std::uint64_t StressOptions::*member>
Status set_number(StressOptions& options, std::string_view value) {
    options.*member = STRATA_TRY(parse_count(value));
    return {};
}

template <std::optional<std::chrono::microseconds> StressOptions::*member>
Status set_duration(StressOptions& options, std::string_view value) {
    const auto duration = STRATA_TRY(parse_duration(value));
    if (duration.count() == 0) {
        return usage_error("expected a duration above 0, found \"{}\"", escaped(value));
    }
    options.*member = duration;
    return {};
}

Status set_warmup(StressOptions& options, std::string_view value) {
    options.warmup = STRATA_TRY(parse_duration(value));
    return {};
}

Status set_threads(StressOptions& options, std::string_view value) {
    options.threads.clear();
    for (const std::string_view part : split(value, ',')) {
        const auto number = parse_number(part, threads_max);
        if (!number || *number == 0) {
            return usage_error("expected numbers from 1 to {} such as 4 or 1,2,4, found \"{}\"",
                               threads_max, escaped(value));
        }
        options.threads.push_back(static_cast<unsigned>(*number));
    }
    return {};
}

Status set_key_size(StressOptions& options, std::string_view value) {
    const auto sizes = STRATA_TRY(parse_size_spec(value, key_size_max));
    if (sizes.least == 0) {
        return usage_error("expected sizes above 0, found \"{}\"", escaped(value));
    }
    options.key_size = sizes;
    return {};
}

Status set_value_size(StressOptions& options, std::string_view value) {
    options.value_size = STRATA_TRY(parse_size_spec(value, value_size_max));
    return {};
}

Status set_compressible(StressOptions& options, std::string_view value) {
    const auto part = parse_real(value);
    if (!part || !(*part >= 0 && *part <= 1)) {
        return usage_error("expected a part from 0 to 1, found \"{}\"", escaped(value));
    }
    options.compressible = *part;
    return {};
}

Status set_distribution(StressOptions& options, std::string_view value) {
    options.distribution = STRATA_TRY(parse_distribution(value));
    return {};
}

Status set_mix(StressOptions& options, std::string_view value) {
    options.mix = STRATA_TRY(parse_mix(value));
    return {};
}

Status set_sync(StressOptions& options, std::string_view value) {
    options.sync = STRATA_TRY(parse_sync_mode(value));
    options.engine.sync = *options.sync;
    return {};
}

Status set_seed(StressOptions& options, std::string_view value) {
    const auto seed = parse_number(value);
    if (!seed) {
        return usage_error("expected a number, found \"{}\"", escaped(value));
    }
    options.seed = *seed;
    options.seed_given = true;
    return {};
}

Status set_engine(StressOptions& options, std::string_view value) {
    options.engine_given.push_back(STRATA_TRY(apply_engine_option(options.engine, value)));
    return {};
}

Result<double> parse_rate_number(std::string_view text) {
    const bool thousands = text.ends_with('k');
    const auto rate = parse_real(text.substr(0, text.size() - (thousands ? 1 : 0)));
    constexpr double most = 1e9;
    if (!rate || !(*rate > 0 && *rate <= most)) {
        return usage_error(
            "expected operations per second, such as 5000, 5k or ramp:1000..20000, found \"{}\"",
            escaped(text));
    }
    return *rate * (thousands ? 1000 : 1);
}

Status set_rate(StressOptions& options, std::string_view value) {
    constexpr std::string_view ramp = "ramp:";
    RateSpec rate;
    const std::size_t dots = value.find("..");
    if (value.starts_with(ramp) && dots != std::string_view::npos) {
        rate.from = STRATA_TRY(parse_rate_number(value.substr(ramp.size(), dots - ramp.size())));
        rate.to = STRATA_TRY(parse_rate_number(value.substr(dots + 2)));
    } else {
        rate.from = STRATA_TRY(parse_rate_number(value));
        rate.to = rate.from;
    }
    options.rate = rate;
    return {};
}

Status set_scale(StressOptions& options, std::string_view value) {
    const auto scale = parse_real(value);
    constexpr double most = 1000;
    if (!scale || !(*scale > 0 && *scale <= most)) {
        return usage_error("expected a factor such as 0.1, found \"{}\"", escaped(value));
    }
    options.scale = *scale;
    return {};
}

Status set_percentiles(StressOptions& options, std::string_view value) {
    options.percentiles.clear();
    for (const std::string_view part : split(value, ',')) {
        const auto percentile = parse_real(part);
        if (!percentile || !(*percentile >= 0 && *percentile <= 100)) {
            return usage_error("expected percentiles such as 50,99,99.9,100, found \"{}\"",
                               escaped(value));
        }
        options.percentiles.push_back(*percentile);
    }
    return {};
}

Status set_max_disk(StressOptions& options, std::string_view value) {
    options.max_disk = STRATA_TRY(parse_size(value));
    return {};
}

Status set_cuts(StressOptions& options, std::string_view value) {
    if (value == "every") {
        options.cuts = 0;
        return {};
    }
    options.cuts = STRATA_TRY(parse_count(value));
    return {};
}

Status set_error_rate(StressOptions& options, std::string_view value) {
    const auto rate = parse_real(value);
    if (!rate || !(*rate > 0 && *rate <= 1)) {
        return usage_error("expected a part above 0 and up to 1, such as 0.001, found \"{}\"",
                           escaped(value));
    }
    options.error_rate = *rate;
    return {};
}

Status set_prepare(StressOptions& options, std::string_view value) {
    options.prepare = STRATA_TRY(parse_prepare(value));
    return {};
}

Status set_threshold(StressOptions& options, std::string_view value) {
    const bool percent = value.ends_with('%');
    const auto part = parse_real(value.substr(0, value.size() - (percent ? 1 : 0)));
    if (!part || !(*part >= 0)) {
        return usage_error("expected a part such as 5% or 0.05, found \"{}\"", escaped(value));
    }
    options.threshold = percent ? *part / 100 : *part;
    return {};
}

// Options of all modes come last; those of one mode stand together, behind its first one.
constexpr StressOption option_rows[] = {
    {"--preset", "NAME", "bench", "a workload by name, see below",
     set_text<&StressOptions::preset>},
    {"--prepare", "WHAT", "bench",
     "what follows the load of the keys: compact, flush or none; compact unless given",
     set_prepare},
    {"--warmup", "DURATION", "bench", "run so long before counting", set_warmup},
    {"--rate", "R", "bench",
     "open loop: so many operations per second, or ramp:A..B over the run; each begins on time",
     set_rate},
    {"--max-in-flight", "N", "bench",
     "with --rate: when more than N wait, skip the oldest and count them",
     set_number<&StressOptions::max_in_flight>},
    {"--scan-length", "N", "bench", "records of one scan at most",
     set_number<&StressOptions::scan_length>},
    {"--scale", "F", "bench", "of the counts of stratakv, nosqlengine and golsm", set_scale},
    {"--percentiles", "LIST", "bench", "50,90,99,99.9,99.99,100 unless given", set_percentiles},
    {"--hdr", "FILE", "bench", "write the latencies as HdrHistogram's plotter reads them",
     set_text<&StressOptions::hdr>},
    {"--max-disk", "SIZE", "bench", "stop before the store takes more", set_max_disk},
    {"--keep", "", "bench", "do not remove the temporary store", set_flag<&StressOptions::keep>},
    {"--target", "STORE", "bench verify",
     "the store, as behind the mode: a directory, http://HOST:PORT or unix:PATH",
     set_text<&StressOptions::target>},
    {"--use-existing", "", "bench", "allow a store that is already there; it will be changed",
     set_flag<&StressOptions::use_existing>},
    {"--record", "FILE", "verify", "write what is done, and the right answers, for replay",
     set_text<&StressOptions::record>},
    {"--rounds", "N", "crash soak", "of crashes, 20 unless given; of a soak",
     set_count<&StressOptions::rounds>},
    {"--kill", "", "crash", "kill a process that writes; this is what happens unless told",
     set_flag<&StressOptions::kill>},
    {"--power-cut", "", "crash", "cut the power of a disk in memory",
     set_flag<&StressOptions::power_cut>},
    {"--cuts", "N", "crash", "power cuts of one life, about; every: before every file call",
     set_cuts},
    {"--torn", "", "crash", "power cuts that keep any of the sectors that were not synced",
     set_flag<&StressOptions::torn>},
    {"--enospc", "", "crash", "the disk is full for a while", set_flag<&StressOptions::no_space>},
    {"--eio", "RATE", "crash", "this part of the file calls fails", set_error_rate},
    {"--threshold", "PART", "compare", "differences below are none: 5% unless given",
     set_threshold},

    {"--ops", "N", work_modes, "operations of all threads together",
     set_count<&StressOptions::operations>},
    {"--duration", "DURATION", work_modes, "run so long instead: 10s, 5m",
     set_duration<&StressOptions::duration>},
    {"--threads", "N[,N...]", work_modes, "threads; several numbers: one run after the other",
     set_threads},
    {"--keys", "N", work_modes, "size of the key space", set_count<&StressOptions::keys>},
    {"--key-size", "SIZES", work_modes, "fixed:16, uniform:A..B, zipf:A..B or pareto:MOST",
     set_key_size},
    {"--value-size", "SIZES", work_modes, "the same for values", set_value_size},
    {"--compressible", "PART", work_modes, "of the bytes of values, from 0 to 1", set_compressible},
    {"--dist", "SHAPE", work_modes,
     "which keys: uniform, zipf:THETA, latest:THETA, hot:PART/SHARE or seq", set_distribution},
    {"--mix", "KIND=N,...", work_modes,
     "parts of get, miss, put, insert, del, scan, rscan, rmw: get=90,put=10", set_mix},
    {"--sync", "MODE", work_modes, "sync, interval:MS or none", set_sync},
    {"--batch", "N", work_modes, "writes that are made together", set_count<&StressOptions::batch>},
    {"--seed", "N", work_modes, "repeats the operations of a run", set_seed},
    {"--interval", "DURATION", work_modes, "a line of live figures so often",
     set_duration<&StressOptions::interval>},
    {"--keep-on-fail", "DIR", work_modes, "where to keep what a failure needs",
     set_text<&StressOptions::keep_on_fail>},
    {"-o,--option", "NAME=VALUE", work_modes,
     "of the store: memory, memtable_size, block_size, compression, filter_bits, space_amp, "
     "mapped_tables, workers",
     set_engine},
    {"--json", "", "", "results as JSON", set_flag<&StressOptions::json>},
    {"-q,--quiet", "", "", "no notes on standard error", set_flag<&StressOptions::quiet>},
    {"-h,--help", "", "", "this help, or that of a mode", set_flag<&StressOptions::help>},
    {"--version", "", "", "the version", set_flag<&StressOptions::version>},
};

bool belongs_to(const StressOption& option, std::string_view mode) {
    const std::string padded = fmt::format(" {} ", option.modes);
    return option.modes.empty() || padded.find(fmt::format(" {} ", mode)) != padded.npos;
}

/// "--max-disk"
std::string_view long_name(const StressOption& option) {
    return option.names.substr(option.names.rfind("--"));
}

void append_option(std::string& text, const StressOption& option) {
    std::string left{option.names};
    if (const auto comma = left.find(','); comma != std::string::npos) {
        left.insert(comma + 1, " ");
    }
    if (!option.argument.empty()) {
        left += fmt::format(" {}", option.argument);
    }
    append_help_row(text, left, option.help);
}

/// The options that only some modes know, or those that all know, as far as `mode` takes them; any
/// mode when it is empty.
void append_options(std::string& text, std::string_view mode, bool shared) {
    for (const StressOption& option : option_rows) {
        if (is_shared(option) == shared && (mode.empty() || belongs_to(option, mode))) {
            append_option(text, option);
        }
    }
}

std::string mode_names() {
    std::string text;
    for (const ModeSpec& mode : stress_modes()) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", mode.name);
    }
    return text;
}

}  // namespace

void append_help_row(std::string& text, std::string_view left, std::string_view right) {
    constexpr std::size_t help_column = 26;
    constexpr std::size_t line_width = 80;
    constexpr std::size_t room = line_width - help_column - 2;
    std::string line = fmt::format("  {:<{}}", left, help_column);
    if (line.size() > help_column + 2) {
        text += line + '\n';
        line.assign(help_column + 2, ' ');
    }
    while (right.size() > room) {
        const std::size_t blank = right.rfind(' ', room);
        text += line.append(right.substr(0, blank)) + '\n';
        line.assign(help_column + 2, ' ');
        right.remove_prefix(blank + 1);
    }
    text += line.append(right) + '\n';
}

bool is_shared(const StressOption& option) noexcept {
    return option.modes.empty() || option.modes == work_modes;
}

std::span<const StressOption> stress_options() noexcept { return option_rows; }

Status apply_stress_option(StressOptions& options, std::string_view name, std::string_view value) {
    const auto* option = std::ranges::find_if(
        option_rows, [name](const StressOption& row) { return long_name(row).substr(2) == name; });
    if (option == std::end(option_rows)) {
        return usage_error("no such option: --{}", name);
    }
    options.given.push_back(option);
    return option->apply(options, value);
}

Status apply_stress_words(StressOptions& options, const std::vector<std::string>& words) {
    options.mode = words.empty() ? nullptr : find_stress_mode(words.front());
    if (!options.seed_given) {
        // Short enough to be typed again.
        options.seed = std::random_device{}() % 1'000'000;
    }
    if (options.help || options.version) {
        return {};
    }
    if (options.mode == nullptr) {
        return usage_error("expected a mode out of {}, found {}; \"strata-stress --help\" explains",
                           mode_names(),
                           words.empty() ? "none" : fmt::format("\"{}\"", escaped(words.front())));
    }
    const ModeSpec& mode = *options.mode;
    for (const StressOption* option : options.given) {
        if (!belongs_to(*option, mode.name)) {
            return usage_error("{}: not an option of {}, but of {}", long_name(*option), mode.name,
                               option->modes);
        }
    }
    options.words.assign(words.begin() + 1, words.end());
    if (!options.target.empty()) {
        options.words.push_back(options.target);
    }
    if (options.words.size() < mode.words_min || options.words.size() > mode.words_max) {
        return usage_error(
            "{}: \"strata-stress {} [OPTIONS] {}\"; --help explains",
            options.words.size() > mode.words_max ? "too many words" : "too few words", mode.name,
            mode.operands);
    }
    const auto remote = std::ranges::find_if(options.words, is_remote);
    if (remote != options.words.end() && mode.name != "bench" && mode.name != "verify") {
        return usage_error("{}: {} opens its stores by itself; bench and verify take a server",
                           escaped(*remote), mode.name);
    }
    return {};
}

std::string stress_help(const ModeSpec* mode) {
    std::string text;
    if (mode == nullptr) {
        text =
            "strata-stress MODE [OPTIONS] [STORE]\n\n"
            "Makes work for a store, measures it and verifies its answers.\n\nCommands:\n";
        for (const ModeSpec& row : stress_modes()) {
            append_help_row(text, fmt::format("{} {}", row.name, row.operands), row.summary);
        }
        text += "\nOptions of all modes; \"strata-stress MODE --help\" adds its own:\n";
        append_options(text, {}, true);
        return text;
    }
    text = fmt::format("strata-stress {} [OPTIONS] {}\n\n{}.\n\nOptions:\n", mode->name,
                       mode->operands, mode->summary);
    append_options(text, mode->name, false);
    text += "\nOptions of all modes:\n";
    append_options(text, mode->name, true);
    if (mode->append_help != nullptr) {
        mode->append_help(text);
    }
    return text;
}

}  // namespace strata::tools
