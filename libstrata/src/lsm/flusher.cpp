// SPDX-License-Identifier: Apache-2.0
#include "lsm/flusher.hpp"

#include "compact/compaction.hpp"
#include "compact/merge.hpp"
#include "lsm/outputs.hpp"
#include "lsm/pacer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace strata {
namespace {

// Recovered memtables are flushed when they are more than this together; fewer stay in their
// segments, so that a store which is opened often does not write a table each time.
constexpr std::size_t recovered_bytes_max = std::size_t{32} << 20;
constexpr std::size_t recovered_segments_max = 8;

// Between two attempts without space; writes wait for a successful one when the memtables are full.
constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::milliseconds longest_pause{5000};
constexpr std::chrono::milliseconds idle_pause{1000};

}  // namespace

void Flusher::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Flusher::stop() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

bool Flusher::due(const ReadView& view) const {
    if (view.sealed.empty()) {
        return false;
    }
    // A memtable of this process was sealed: it must go, and all older ones before it.
    if (!view.sealed.front().recovered || want_all_.load()) {
        return true;
    }
    // The next write that fills the active memtable would wait for one of these to go.
    if (view.sealed.size() >= Pacer::sealed_max) {
        return true;
    }
    std::size_t bytes = 0;
    std::size_t segments = 0;
    for (const SealedMemtable& sealed : view.sealed) {
        bytes += sealed.memtable->memory();
        segments += sealed.segments;
    }
    return bytes > recovered_bytes_max || segments > recovered_segments_max;
}

void Flusher::run() {
    std::chrono::milliseconds pause = first_pause;
    while (!core_.stopping()) {
        const std::uint64_t seen = core_.signals();
        ViewPtr view = core_.view();
        if (core_.failure.failed() || !due(*view)) {
            if (view->sealed.empty()) {
                want_all_.store(false);
            }
            view.reset();  // or its tables could not be removed meanwhile
            core_.wait_signal(seen, idle_pause);
            continue;
        }
        const Status flushed = flush_oldest(std::move(view));
        if (flushed) {
            core_.flush_trouble.clear();
            pause = first_pause;
            continue;
        }
        core_.events.add("flush failed: {}", flushed.error().message);
        if (flushed.error().code == ErrorCode::no_space) {
            pause_after(flushed.error(), pause);
            pause = std::min(pause * 2, longest_pause);
        } else {
            core_.failure.set(flushed.error());
        }
    }
}

// Returns early when somebody asks for an attempt, who clears the trouble.
void Flusher::pause_after(const Error& error, std::chrono::milliseconds pause) {
    const auto retry_at = SteadyClock::now() + pause;
    core_.flush_trouble.set(error);
    core_.signal();
    while (true) {
        const std::uint64_t seen = core_.signals();
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(retry_at - SteadyClock::now());
        if (left.count() <= 0 || core_.stopping() || core_.failure.failed() ||
            !core_.flush_trouble.get()) {
            return;
        }
        core_.wait_signal(seen, left);
    }
}

Status Flusher::flush_oldest(ViewPtr view) {
    const auto start = SteadyClock::now();
    const std::shared_ptr<const Memtable> memtable = view->sealed.back().memtable;
    MergeInput input;
    input.cursor = memtable->cursor();
    // Copied after the memtable was fixed: a later snapshot sees all of it.
    input.limits = {.snapshots = core_.snapshots->list(),
                    .older_may_contain = runs_may_contain(view->version)};
    input.sink = sink_options(core_, 0);
    view.reset();  // who waits for this flush may want to remove tables next
    const MergeResult merged = STRATA_TRY(run_merge(std::move(input)));
    if (auto installed = core_.install({.edit = flush_edit(core_.make_tables(merged.tables)),
                                        .flushed = memtable,
                                        .history_floor = merged.history_floor});
        !installed) {
        discard_outputs(core_, merged.tables);
        return installed;
    }
    core_.counters.flushes.fetch_add(1);
    core_.counters.flush_bytes.fetch_add(merged.bytes_written);
    core_.events.add("flush: {} entries to {} bytes in {} ms", memtable->entries(),
                     merged.bytes_written, microseconds_since(start) / 1000);
    return {};
}

}  // namespace strata
