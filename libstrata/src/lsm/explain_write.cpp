// SPDX-License-Identifier: Apache-2.0
#include "lsm/explain_write.hpp"

#include "base/file_name.hpp"
#include "log/format.hpp"

#include <fmt/format.h>

#include <string>

namespace strata {
namespace {

std::string plural(std::uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

ExplainStep queue_step(const CommitQueue::Prospect& prospect, bool conditional) {
    ExplainStep step{.layer = "queue"};
    step.verdict =
        prospect.waiting == 0 ? "nobody waits" : plural(prospect.waiting, "writer") + " before it";
    step.detail = conditional
                      ? "its conditions are judged when all before it is applied"
                      : "a lone writer appends and commits by itself; others share its group";
    return step;
}

ExplainStep pacing_step(const Pacer::Prospect& prospect) {
    ExplainStep step{.layer = "pacing"};
    if (prospect.stops) {
        step.verdict = "waits for a flush";
        step.detail = fmt::format("{} sealed memtables, and no more may wait", prospect.sealed);
        return step;
    }
    step.verdict = prospect.delay_us > 0
                       ? fmt::format("delayed by about {:.0f} us", prospect.delay_us)
                       : "no delay";
    step.detail = fmt::format("debt {:.0f} % ({}), {} sealed", prospect.debt * 100, prospect.cause,
                              prospect.sealed);
    return step;
}

ExplainStep memtable_step(const CommitQueue::Prospect& prospect) {
    ExplainStep step{.layer = "memtable"};
    step.verdict = prospect.seals ? "full: a new one" : "has room";
    step.detail =
        fmt::format("{} of {} bytes used{}", prospect.memtable_bytes, prospect.memtable_limit,
                    prospect.seals ? "; the log goes on in a new segment" : "");
    return step;
}

ExplainStep log_step(const StoreCore& core, std::uint64_t frame, bool seals) {
    ExplainStep step{.layer = "log"};
    const LogPosition end = core.log.end();
    if (seals) {
        step.verdict = "new segment";
        step.detail =
            fmt::format("{} is sealed at {}", file_name(FileType::wal, end.segment), end.offset);
        return step;
    }
    step.file = file_name(FileType::wal, end.segment);
    step.verdict = "appended";
    step.detail = fmt::format("at {}, {}", end.offset, plural(frame, "byte"));
    return step;
}

ExplainStep sync_step(const StoreCore& core, const SyncMode& mode) {
    ExplainStep step{.layer = "sync"};
    const Sequence unsynced = core.visible.load() - core.log.durable_sequence();
    switch (mode.kind) {
        case SyncMode::Kind::sync:
            step.verdict = "fdatasync before it is acknowledged";
            break;
        case SyncMode::Kind::interval:
            step.verdict = fmt::format("fdatasync within {} ms", mode.interval.count());
            break;
        case SyncMode::Kind::none:
            step.verdict = "no sync";
            break;
    }
    step.detail = plural(unsynced, "earlier operation") + " not synced yet";
    return step;
}

}  // namespace

void explain_commit(const StoreCore& core, const CommitQueue& queue, const Pacer& pacer,
                    const ExplainedWrite& write, Explanation& explanation) {
    const CommitQueue::Prospect prospect = queue.prospect(write.bytes);
    const std::uint64_t frame = frame_size(write.bytes);
    explanation.steps.push_back(queue_step(prospect, write.conditional));
    explanation.steps.push_back(pacing_step(pacer.prospect(frame, prospect.seals)));
    explanation.steps.push_back(log_step(core, frame, prospect.seals));
    explanation.steps.push_back(sync_step(core, write.mode));
    explanation.steps.push_back(memtable_step(prospect));
    if (core.failure.failed()) {
        explanation.error = core.failure.refused();
        explanation.outcome = "refused: " + core.failure.cause();
        return;
    }
    explanation.outcome =
        fmt::format("would be committed as sequence {}", explanation.at + write.sequences);
}

}  // namespace strata
