// SPDX-License-Identifier: Apache-2.0
#include "lsm/explain.hpp"

#include "base/file_name.hpp"
#include "entry/operation.hpp"
#include "entry/version_cursor.hpp"
#include "entry/visible_cursor.hpp"
#include "log/format.hpp"
#include "lsm/condition.hpp"
#include "lsm/history.hpp"
#include "lsm/reads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata {
namespace {

// Versions of one key that are counted, and operations of a batch that are looked up: enough for
// people, and bounded.
constexpr std::uint64_t versions_counted_max = 10'000;
constexpr std::size_t keys_shown_max = 16;

std::string count_of(std::uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::uint64_t nanoseconds_since(SteadyClock::time_point start) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - start).count());
}

// The layers behind the one that answered.
void add_not_asked(const ReadView& view, Bytes key, std::vector<ExplainStep>& steps) {
    const std::size_t asked = steps.size();
    std::size_t position = 0;
    const auto add = [&](ExplainStep step) {
        if (position++ >= asked) {
            step.verdict = "not asked";
            steps.push_back(std::move(step));
        }
    };
    if (view.active) {
        add({.layer = "memtable"});
    }
    for (std::size_t i = 0; i < view.sealed.size(); ++i) {
        add({.layer = "sealed memtable"});
    }
    const auto& runs = view.version->runs();
    for (std::size_t i = 0; i < runs.size(); ++i) {
        ExplainStep step{.layer = "run", .run = i, .tier = runs[i]->tier()};
        if (const LiveTable* live = runs[i]->find(key)) {
            step.file = file_name(FileType::table, live->facts().number);
        }
        add(std::move(step));
    }
}

// What the answer hides, counted in all layers; the cache stays as the read left it.
void count_hidden(const ExplainedView& seen, Bytes key, Explanation& explanation) {
    const auto history = history_in(*seen.view, {.key = key,
                                                 .at = sequence_max,
                                                 .options = {.limit = versions_counted_max},
                                                 .segment_of = seen.segment_of,
                                                 .use = CacheUse::none});
    if (!history) {
        return;  // a layer that the read did not need is damaged; the read was right without it
    }
    bool answered = false;
    for (const StoredVersion& version : history->versions) {
        if (version.sequence > seen.at) {
            ++explanation.too_new;
        } else if (answered) {
            ++explanation.shadowed;
        } else {
            answered = true;
            explanation.sequence = version.sequence;
            explanation.tombstones = version.deleted ? 1 : 0;
        }
    }
}

std::string outcome_of_get(const Explanation& explanation, std::size_t asked) {
    const std::string where = count_of(asked, "layer") + " asked";
    if (explanation.error) {
        return "failed: " + explanation.error->message;
    }
    if (explanation.found) {
        return fmt::format("found: sequence {}, {}, {}", explanation.sequence,
                           count_of(explanation.value_size, "byte"), where);
    }
    if (explanation.tombstones != 0) {
        return fmt::format("absent: deleted at sequence {}, {}", explanation.sequence, where);
    }
    return fmt::format("absent: no layer has it, {}", where);
}

// Walks to the end of the range or to the limit.
template <typename Walk>
Status walk_all(Walk& walk, std::uint64_t limit, std::uint64_t& records) {
    while (limit == 0 || records < limit) {
        const bool more = STRATA_TRY(walk.next());
        if (!more) {
            break;
        }
        ++records;
    }
    return {};
}

}  // namespace

Explanation explain_get_in(const ExplainedView& seen, Bytes key) {
    Explanation explanation;
    explanation.at = seen.at;
    explanation.history_floor = seen.view->history_floor;
    ReadRecorder recorder{seen.segment_of};
    const auto start = SteadyClock::now();
    const auto value = get_in(seen.view, key, seen.at, &recorder);
    explanation.nanoseconds = nanoseconds_since(start);
    explanation.steps = recorder.take_steps();
    const std::size_t asked = explanation.steps.size();
    if (!value) {
        explanation.error = value.error();
    } else {
        count_hidden(seen, key, explanation);
        if (*value) {
            explanation.found = true;
            explanation.sequence = (*value)->sequence();
            explanation.value_size = (*value)->bytes().size();
        }
    }
    explanation.outcome = outcome_of_get(explanation, asked);
    add_not_asked(*seen.view, key, explanation.steps);
    return explanation;
}

Explanation explain_scan_in(const ExplainedView& seen, const ScanOptions& options,
                            std::uint64_t limit) {
    Explanation explanation;
    explanation.at = seen.at;
    explanation.history_floor = seen.view->history_floor;
    ReadRecorder recorder{seen.segment_of};
    const auto start = SteadyClock::now();
    VisibleBounds bounds = visible_bounds(options);
    auto entries = entries_in(*seen.view, bounds, &recorder);
    Status walked;
    if (options.all_versions) {
        VersionCursor versions{std::move(entries), seen.at, std::move(bounds)};
        walked = walk_all(versions, limit, explanation.records);
    } else {
        VisibleCursor visible{std::move(entries), seen.at, std::move(bounds)};
        walked = walk_all(visible, limit, explanation.records);
        explanation.shadowed = visible.hidden().shadowed;
        explanation.too_new = visible.hidden().too_new;
        explanation.tombstones = visible.hidden().tombstones;
        explanation.jumps = visible.hidden().jumps;
    }
    explanation.nanoseconds = nanoseconds_since(start);
    explanation.steps = recorder.take_steps();
    if (!walked) {
        explanation.error = walked.take_error();
        explanation.outcome = "failed: " + explanation.error->message;
        return explanation;
    }
    explanation.outcome =
        fmt::format("{}; stepped over {}, {}, {} too new", count_of(explanation.records, "record"),
                    count_of(explanation.shadowed, "shadowed version"),
                    count_of(explanation.tombstones, "tombstone"), explanation.too_new);
    return explanation;
}

Result<bool> explain_batch_in(const ExplainedView& seen, const Batch& batch,
                              Explanation& explanation) {
    explanation.at = seen.at;
    explanation.history_floor = seen.view->history_floor;
    explanation.steps.push_back({.layer = "batch",
                                 .verdict = count_of(batch.operations(), "operation"),
                                 .detail = fmt::format("{} encoded, a log frame of {}",
                                                       count_of(batch.encoded().size(), "byte"),
                                                       frame_size(batch.encoded().size()))});
    bool all_hold = true;
    for (const Condition& condition : batch.conditions()) {
        const auto current = STRATA_TRY(get_in(seen.view, condition.key, seen.at));
        const bool holds =
            condition_holds(condition.test, current ? current->sequence() : 0,
                            current ? std::optional<Bytes>{current->bytes()} : std::nullopt);
        all_hold = all_hold && holds;
        explanation.steps.push_back(
            {.layer = "condition",
             .verdict = holds ? "holds" : "does not hold",
             .detail = current ? fmt::format("the key has sequence {}", current->sequence())
                               : "the key is absent"});
    }
    OperationReader reader{batch.encoded()};
    Entry entry;
    for (std::size_t shown = 0; shown < keys_shown_max && reader.next(entry); ++shown) {
        const auto current = STRATA_TRY(get_in(seen.view, entry.key, seen.at));
        const bool del = entry.kind == Kind::del;
        ExplainStep step{.layer = "key"};
        if (current) {
            step.verdict = del ? "deletes" : "replaces";
            step.detail = fmt::format("sequence {}, {}", current->sequence(),
                                      count_of(current->bytes().size(), "byte"));
        } else {
            step.verdict = del ? "deletes nothing" : "new";
            step.detail = "the key is absent";
        }
        explanation.steps.push_back(std::move(step));
    }
    if (batch.operations() > keys_shown_max) {
        explanation.steps.push_back({.layer = "key",
                                     .verdict = "more",
                                     .detail = fmt::format("{} operations are not shown",
                                                           batch.operations() - keys_shown_max)});
    }
    return all_hold;
}

}  // namespace strata
