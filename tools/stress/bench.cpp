// SPDX-License-Identifier: Apache-2.0
#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "common/sync_mode.hpp"
#include "common/terminal.hpp"
#include "common/units.hpp"
#include "http/endpoint.hpp"
#include "stress/bench_session.hpp"
#include "stress/engine_options.hpp"
#include "stress/hgrm.hpp"
#include "stress/preset.hpp"
#include "stress/published.hpp"

#include <fstream>

namespace strata::tools {
namespace {

bool writes(const Mix& mix) {
    return mix.weight(OperationKind::get) + mix.weight(OperationKind::miss) +
               mix.weight(OperationKind::scan) + mix.weight(OperationKind::rscan) !=
           mix.total();
}

/// "100 B" for one size, else the words of the option.
std::string sizes_text(const SizeSpec& spec) {
    return spec.kind == SizeSpec::Kind::fixed ? size_text(spec.least) : size_spec_text(spec);
}

void describe(BenchReport& report, const BenchPlan& plan, const StressOptions& options) {
    const Workload& work = plan.workload;
    auto& settings = report.settings;
    std::string order = distribution_text(work.distribution);
    if (work.inserts_fill) {
        order = work.scattered ? "in random order" : "ascending";
    }
    settings.emplace_back("mix", mix_text(work.mix));
    settings.emplace_back("keys", fmt::format("{} of {}, {}", count_text(work.keys),
                                              sizes_text(work.key_size), order));
    settings.emplace_back("values", fmt::format("{}, {}% compressible", sizes_text(work.value_size),
                                                work.compressible * 100));
    settings.emplace_back("sync", sync_mode_text(plan.sync));
    if (options.batch.value_or(1) > 1) {
        settings.emplace_back("batch", count_text(*options.batch));
    }
    if (options.rate) {
        settings.emplace_back(
            "rate", options.rate->from == options.rate->to
                        ? fmt::format("{}/s", options.rate->to)
                        : fmt::format("{}/s to {}/s", options.rate->from, options.rate->to));
    }
    const bool remote = !options.words.empty() && is_remote(options.words.front());
    settings.emplace_back("options", remote ? "the server's" : engine_options_text(options.engine));
}

RunSpec run_spec(const BenchPlan& plan, const StressOptions& options, unsigned threads) {
    RunSpec spec;
    spec.workload = plan.workload;
    spec.threads = threads;
    spec.beside = plan.beside;
    spec.beside_threads = plan.beside ? 1 : 0;
    spec.batch = options.batch.value_or(1);
    spec.operations = plan.operations;
    spec.duration = plan.duration;
    spec.warmup = options.warmup;
    spec.rate = options.rate;
    spec.max_in_flight = options.max_in_flight;
    return spec;
}

/// One run for each number of threads. A run that writes gets a new temporary store, so that all
/// begin alike.
Status run_plan(BenchSession& session, const BenchPlan& plan) {
    const StressOptions& options = session.options();
    const std::vector<unsigned> threads =
        options.threads.empty() ? std::vector<unsigned>{1} : options.threads;
    const bool changes = writes(plan.workload.mix) || plan.beside;
    if (threads.size() > 1 && changes && !options.words.empty() &&
        options.words.front() != "memory:") {
        return usage_error(
            "--threads: several runs that write need a store each; name one number, or no store");
    }
    describe(session.report(), plan, options);
    for (std::size_t i = 0; i < threads.size() && !session.stopped(); ++i) {
        if (i == 0 || changes) {
            STRATA_TRY(session.open(options.engine, plan.sync));
            if (plan.preset.loads) {
                STRATA_TRY(session.load(plan.workload, plan.prepare));
            }
        }
        if (!session.stopped()) {
            STRATA_TRY(session.run(run_spec(plan, options, threads[i]),
                                   std::string{plan.preset.name}, plan.sync));
        }
    }
    return session.measure_space();
}

/// FILE of one run; FILE.2, FILE.3 of the next ones.
Status write_hdr(const BenchReport& report, const std::string& path) {
    std::size_t number = 0;
    for (const RunReport& run : report.runs) {
        ++number;
        const std::string name = number == 1 ? path : fmt::format("{}.{}", path, number);
        const KindTally total = run.result.tally.total();
        const Histogram& times = run.rate ? total.response : total.service;
        std::ofstream file{name, std::ios::binary};
        file << hgrm_text(times, run.result.nanoseconds_per_tick);
        if (!file.flush()) {
            return system_error(name, "write");
        }
    }
    return {};
}

/// Options that change what a published workload is.
Status check_published(const StressOptions& options) {
    if (!options.words.empty() && is_remote(options.words.front())) {
        return usage_error("{}: it opens its store again and again; {} has opened one for good",
                           options.preset, options.words.front());
    }
    constexpr std::string_view fixed =
        " ops duration threads keys mix rate max-in-flight batch warmup prepare scan-length ";
    for (const StressOption* option : options.given) {
        const std::string_view name = option->names.substr(option->names.rfind("--") + 2);
        if (fixed.find(fmt::format(" {} ", name)) != std::string_view::npos) {
            return usage_error("--{}: {} says this itself; --scale changes its counts", name,
                               options.preset);
        }
    }
    return {};
}

Status run_bench(BenchSession& session, const PublishedWorkload* published) {
    if (published != nullptr) {
        STRATA_TRY(check_published(session.options()));
        return run_published(session, *published);
    }
    const auto plan = STRATA_TRY(make_plan(session.options()));
    return run_plan(session, plan);
}

}  // namespace

void append_bench_help(std::string& text) {
    text += "\nPresets:\n";
    for (const Preset& preset : presets()) {
        append_help_row(text, preset.name, preset.summary);
    }
    for (const PublishedWorkload& workload : published_workloads()) {
        append_help_row(text, workload.name, workload.summary);
    }
    text += "\nPresets sync only if --sync says so, but for stratakv and nosqlengine.\n";
}

int stress_bench(const StressContext& context) {
    const StressOptions& options = context.options;
    const PublishedWorkload* published = find_published(options.preset);
    BenchSession session{context, options.preset.empty() ? "mix" : options.preset};
    const Status done = run_bench(session, published);
    if (!session.report().runs.empty()) {
        ReportStyle style;
        style.percentiles = options.percentiles;
        if (style.percentiles.empty()) {
            style.percentiles = {50, 90, 99, 99.9, 99.99, 100};
        }
        const int descriptor = context.output.descriptor();
        constexpr std::size_t narrow = 80;
        style.columns = is_terminal(descriptor) ? terminal_size(descriptor).columns : narrow;
        (options.json ? print_report_json : print_report)(context.output, session.report(), style);
    }
    if (!done) {
        return context.diagnostics.error(done.error());
    }
    if (session.report().runs.empty()) {
        context.diagnostics.note("stopped before the run: " + session.report().stopped);
    }
    if (!options.hdr.empty()) {
        if (const Status written = write_hdr(session.report(), options.hdr); !written) {
            return context.diagnostics.error(written.error());
        }
    }
    return interrupted() ? interrupt_status() : exit_done;
}

}  // namespace strata::tools
