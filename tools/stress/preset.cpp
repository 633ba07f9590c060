// SPDX-License-Identifier: Apache-2.0
#include "stress/preset.hpp"

#include "common/error.hpp"
#include "common/escape.hpp"
#include "common/units.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace strata::tools {
namespace {

constexpr Preset preset_rows[] = {
    {.name = "fillseq",
     .summary = "inserts of new keys in ascending order",
     .mix = "insert=1",
     .loads = false},
    {.name = "fillrandom",
     .summary = "inserts of new keys in random order, each once",
     .mix = "insert=1",
     .loads = false,
     .scattered = true},
    {.name = "overwrite", .summary = "puts of keys that are there", .mix = "put=1"},
    {.name = "deleterandom", .summary = "deletes of keys that are there", .mix = "del=1"},
    {.name = "readrandom", .summary = "gets of keys that are there", .mix = "get=1"},
    {.name = "readmissing", .summary = "gets of absent keys between those", .mix = "miss=1"},
    {.name = "readwhilewriting",
     .summary = "the gets of readrandom beside one thread that puts without pause",
     .mix = "get=1",
     .beside = "put=1"},
    {.name = "scan",
     .summary = "walks over the whole store, upwards; 5 unless --ops says so",
     .mix = "scan=1",
     .walks = true,
     .operations = 5},
    {.name = "scanreverse",
     .summary = "the same downwards",
     .mix = "rscan=1",
     .walks = true,
     .operations = 5},
    {.name = "ycsb-a",
     .summary = "half gets, half puts; zipf",
     .mix = "get=50,put=50",
     .distribution = "zipf"},
    {.name = "ycsb-b",
     .summary = "19 gets for each put; zipf",
     .mix = "get=95,put=5",
     .distribution = "zipf"},
    {.name = "ycsb-c", .summary = "gets; zipf", .mix = "get=1", .distribution = "zipf"},
    {.name = "ycsb-d",
     .summary = "19 gets of the latest for each insert",
     .mix = "get=95,insert=5",
     .distribution = "latest"},
    {.name = "ycsb-e",
     .summary = "19 scans of 1 to 100 records for each insert; zipf",
     .mix = "scan=95,insert=5",
     .distribution = "zipf",
     .scan_length_varies = true},
    {.name = "ycsb-f",
     .summary = "half gets, half gets with a put of the same key; zipf",
     .mix = "get=50,rmw=50",
     .distribution = "zipf"},
};

constexpr std::array<std::string_view, 3> prepare_words = {"none", "flush", "compact"};
constexpr std::chrono::seconds usual_duration{10};

/// Whether a mix of the user reads, changes or deletes what must be there first.
bool needs_keys(const Mix& mix) {
    return mix.weight(OperationKind::put) + mix.weight(OperationKind::insert) != mix.total();
}

Result<Preset> find_preset(const StressOptions& options) {
    if (options.preset.empty()) {
        if (!options.mix) {
            return usage_error(
                "expected --preset NAME or --mix KIND=N,...; \"strata-stress bench --help\" lists "
                "the presets");
        }
        return Preset{.name = "mix",
                      .summary = "",
                      .mix = "",
                      .loads = needs_keys(*options.mix),
                      .synced = true};
    }
    const auto* row =
        std::find_if(std::begin(preset_rows), std::end(preset_rows),
                     [&options](const Preset& preset) { return preset.name == options.preset; });
    if (row == std::end(preset_rows)) {
        return usage_error("no preset is called \"{}\"; \"strata-stress bench --help\" lists them",
                           escaped(options.preset));
    }
    return *row;
}

/// How long to run.
void limit_plan(BenchPlan& plan, const StressOptions& options) {
    plan.operations = options.operations.value_or(0);
    plan.duration = options.duration.value_or(std::chrono::microseconds{0});
    if (options.operations || options.duration) {
        return;
    }
    if (options.rate) {
        plan.duration = usual_duration;
        return;
    }
    plan.operations = plan.preset.operations != 0 ? plan.preset.operations : plan.workload.keys;
    const bool fill = plan.workload.inserts_fill && options.keys.has_value();
    plan.duration = fill ? std::chrono::microseconds{0} : usual_duration;
}

Status check_plan(const BenchPlan& plan, const StressOptions& options) {
    const std::uint64_t capacity = KeyMaker::capacity(plan.workload.key_size);
    const std::uint64_t inserts =
        plan.workload.mix.weight(OperationKind::insert) == 0 ? 0 : plan.operations;
    if (plan.workload.keys > capacity || inserts > capacity - plan.workload.keys) {
        if (!plan.workload.inserts_fill || plan.workload.keys > capacity) {
            return usage_error(
                "--key-size {}: keys of {} bytes can name {}, and {} are needed; make keys longer "
                "or fewer",
                size_spec_text(plan.workload.key_size), plan.workload.key_size.least,
                count_of(capacity, "key"), plan.workload.keys + inserts);
        }
    }
    if (options.rate && options.batch.value_or(1) > 1) {
        return usage_error("--batch: an open loop (--rate) makes single writes");
    }
    if (options.max_in_flight != 0 && !options.rate) {
        return usage_error("--max-in-flight: only an open loop (--rate) has arrivals to skip");
    }
    return {};
}

}  // namespace

std::span<const Preset> presets() noexcept { return preset_rows; }

Result<Prepare> parse_prepare(std::string_view text) {
    const auto* word = std::ranges::find(prepare_words, text);
    if (word == prepare_words.end()) {
        return usage_error("expected none, flush or compact, found \"{}\"", escaped(text));
    }
    return static_cast<Prepare>(word - prepare_words.begin());
}

std::string_view prepare_text(Prepare prepare) noexcept {
    return prepare_words[static_cast<std::size_t>(prepare)];
}

Result<BenchPlan> make_plan(const StressOptions& options) {
    BenchPlan plan;
    plan.preset = STRATA_TRY(find_preset(options));
    const Preset& preset = plan.preset;
    Workload& work = plan.workload;
    if (options.mix) {
        work.mix = *options.mix;
    } else {
        work.mix = STRATA_TRY(parse_mix(preset.mix));
    }
    const auto usual = STRATA_TRY(parse_distribution(preset.distribution));
    work.distribution = options.distribution.value_or(usual);
    work.key_size = options.key_size.value_or(work.key_size);
    work.value_size = options.value_size.value_or(work.value_size);
    work.compressible = options.compressible.value_or(work.compressible);
    work.keys = options.keys.value_or(work.keys);
    work.inserts_fill = !preset.loads;
    work.scattered = preset.scattered;
    work.scan_from_end = preset.walks;
    const std::uint64_t usual_length = preset.walks ? 0 : preset.scan_length;
    work.scan_length = options.scan_length != 0 ? options.scan_length : usual_length;
    work.scan_length_varies = preset.scan_length_varies;
    if (!preset.beside.empty()) {
        plan.beside = work;
        plan.beside->mix = STRATA_TRY(parse_mix(preset.beside));
    }
    plan.sync = options.sync.value_or(preset.synced ? SyncMode::sync() : SyncMode::none());
    plan.prepare = options.prepare.value_or(Prepare::compact);
    limit_plan(plan, options);
    STRATA_TRY(check_plan(plan, options));
    return plan;
}

}  // namespace strata::tools
