// SPDX-License-Identifier: Apache-2.0
#include "wal_dump/program.hpp"

#include "common/error.hpp"
#include "common/exit_codes.hpp"
#include "common/interrupt.hpp"
#include "inspect/log_feed.hpp"
#include "io/lock_holder.hpp"
#include "leveldb/identify.hpp"
#include "wal_dump/inputs.hpp"
#include "wal_dump/leveldb_log.hpp"
#include "wal_dump/selection.hpp"
#include "wal_dump/view.hpp"

#include <strata/store.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace strata::tools {
namespace {

using Event = LogFeed::Event;
using Clock = std::chrono::steady_clock;

/// Between two looks at a log that stands still.
constexpr std::chrono::milliseconds poll_pause{20};

class WalDump {
  public:
    WalDump(const WalDumpOptions& options, FileSystem& files, Output& output,
            Diagnostics& diagnostics, const OwnerOf& owner_of)
        : options_{options},
          files_{files},
          output_{output},
          diagnostics_{diagnostics},
          selector_{options},
          verdicts_{options, output, diagnostics, owner_of} {}

    int run();

  private:
    [[nodiscard]] std::unique_ptr<LogView> make_view();
    [[nodiscard]] std::vector<LogInput> inputs();
    Status run_ours();
    [[nodiscard]] Result<std::unique_ptr<LogFeed>> open(const LogInput& input, bool follow);
    Status dump(LogInput input, LogView& view);
    Status survey(const LogInput& input);
    using OnFrame = std::function<void(const SegmentInspector&, const FrameView&)>;
    using OnSegmentEnd = std::function<void(const SegmentInspector&)>;
    Status walk(const LogInput& input, const OnFrame& frame, const OnSegmentEnd& end);
    Status read(LogFeed& feed, LogView& view);
    Status handle(Event event, LogFeed& feed, LogView& view, bool last);
    [[nodiscard]] bool wait(LogFeed& feed, LogView& view);
    [[nodiscard]] bool stopped() const;

    const WalDumpOptions& options_;
    FileSystem& files_;
    Output& output_;
    Diagnostics& diagnostics_;
    level::PathOwners owners_;
    Selector selector_;
    Verdicts verdicts_;
    Clock::time_point last_progress_ = Clock::now();
};

std::unique_ptr<LogView> WalDump::make_view() {
    const ViewContext context{options_, files_, output_, selector_, diagnostics_};
    switch (options_.mode) {
        case WalDumpMode::records:
            return make_record_view(context);
        case WalDumpMode::batches:
            return make_frame_view(context);
        case WalDumpMode::hex:
            return make_hex_view(context);
        case WalDumpMode::script:
            return make_script_view(context);
        case WalDumpMode::stats:
            return make_stats_view(context);
        case WalDumpMode::gaps:
            return make_gap_view(context);
        case WalDumpMode::check:
            return make_silent_view();
        case WalDumpMode::extract:
            return make_extract_view(context);
    }
    return make_silent_view();
}

/// Files that follow each other are one log; a store is one by itself.
std::vector<LogInput> WalDump::inputs() {
    std::vector<LogInput> inputs;
    for (const std::string& argument : owners_.ours) {
        auto input = resolve_input(files_, argument);
        if (!input) {
            verdicts_.problem(argument, input.error());
        } else if (!input->store.empty() || inputs.empty() || !inputs.back().store.empty()) {
            inputs.push_back(input.take_value());
        } else {
            auto& files = inputs.back().files;
            files.insert(files.end(), input->files.begin(), input->files.end());
        }
    }
    return inputs;
}

Result<std::unique_ptr<LogFeed>> WalDump::open(const LogInput& input, bool follow) {
    const LogFeed::Settings settings{.skip = options_.on_error == OnError::skip, .follow = follow};
    if (input.store.empty()) {
        return LogFeed::of_files(files_, input.files, settings);
    }
    return LogFeed::of_store(files_, input.store, settings);
}

/// Reads a log without showing it. What is wrong with it is said by the reading that shows it.
Status WalDump::walk(const LogInput& input, const OnFrame& frame, const OnSegmentEnd& end) {
    const std::unique_ptr<LogFeed> feed = STRATA_TRY(open(input, false));
    while (!stopped()) {
        Event event = feed->next();
        if (event == Event::idle) {
            event = feed->finish();
        }
        if (event == Event::idle) {
            break;
        }
        if (event == Event::frame) {
            frame(feed->segment(), feed->frame());
        } else if (event == Event::segment_end) {
            end(feed->segment());
        }
    }
    return {};
}

Status WalDump::survey(const LogInput& input) {
    selector_.begin_log();
    const auto nothing = [](const SegmentInspector&) {};
    if (selector_.needs_places()) {
        STRATA_TRY(walk(
            input,
            [this](const SegmentInspector& segment, const FrameView& frame) {
                selector_.find_places(segment, frame);
            },
            [this](const SegmentInspector& segment) { selector_.find_places_end(segment); }));
    }
    selector_.rewind();
    if (selector_.needs_count()) {
        STRATA_TRY(walk(
            input,
            [this](const SegmentInspector& segment, const FrameView& frame) {
                selector_.count(segment, frame);
            },
            nothing));
        selector_.rewind();
    }
    return {};
}

bool WalDump::stopped() const { return output_.failed() || interrupted(); }

/// While a followed log stands still: true when it is worth asking again.
bool WalDump::wait(LogFeed& feed, LogView& view) {
    view.pause();
    output_.flush();
    const bool idle_long =
        options_.until_idle && Clock::now() - last_progress_ >= *options_.until_idle;
    if (stopped() || idle_long || selector_.full() || feed.ended()) {
        return false;
    }
    std::this_thread::sleep_for(poll_pause);
    return true;
}

Status WalDump::handle(Event event, LogFeed& feed, LogView& view, bool last) {
    last_progress_ = Clock::now();
    switch (event) {
        case Event::segment:
            return view.segment(feed.segment());
        case Event::frame:
            return selector_.reaches(feed.segment(), feed.frame()) ? view.frame(feed.frame())
                                                                   : Status{};
        case Event::gap:
            view.gap(feed.segment().path(), feed.gap_first(), feed.gap_last());
            verdicts_.gap(feed.note());
            break;
        case Event::segment_end: {
            Status shown = view.segment_end(feed.segment());
            // What is said about the segment comes behind what it holds.
            view.pause();
            output_.flush();
            verdicts_.add(feed, last);
            return shown;
        }
        case Event::problem:
            verdicts_.problem(feed.problem_path(), feed.problem());
            break;
        case Event::idle:
            break;
    }
    return {};
}

Status WalDump::read(LogFeed& feed, LogView& view) {
    bool at_end = false;
    while (!stopped() || at_end) {
        Event event = feed.next();
        at_end = event == Event::idle;
        if (at_end && options_.follow && wait(feed, view)) {
            at_end = false;
            continue;
        }
        if (at_end) {
            event = feed.finish();
        }
        if (event == Event::idle) {
            return {};
        }
        STRATA_TRY(handle(event, feed, view, at_end));
        const bool damaged = verdicts_.found_damage() && options_.on_error == OnError::stop;
        if (damaged || (options_.follow && selector_.full())) {
            break;
        }
    }
    if (feed.reading()) {
        verdicts_.add_unfinished(feed);
    }
    return {};
}

Status WalDump::dump(LogInput input, LogView& view) {
    Status surveyed = survey(input);
    auto feed = surveyed ? open(input, options_.follow)
                         : Result<std::unique_ptr<LogFeed>>{surveyed.take_error()};
    if (!feed && !input.store.empty() && feed.error().code == ErrorCode::corruption) {
        // Without its manifest a store is a directory with segments.
        verdicts_.problem(input.store, feed.error());
        input = {.files = STRATA_TRY(segments_in(files_, input.store)) };
        STRATA_TRY(survey(input));
        feed = open(input, options_.follow);
    }
    const std::unique_ptr<LogFeed> opened = STRATA_TRY(std::move(feed));
    return read(*opened, view);
}

Status WalDump::run_ours() {
    const std::unique_ptr<LogView> view = make_view();
    Status status;
    for (const LogInput& input : inputs()) {
        const bool damaged = verdicts_.found_damage() && options_.on_error == OnError::stop;
        if (status && !stopped() && !damaged) {
            status = dump(input, *view);
        }
    }
    if (status && !output_.failed()) {
        status = view->finish();
    }
    return status;
}

int WalDump::run() {
    owners_ = level::sort_paths(files_, options_.files);
    Status status;
    if (!owners_.ours.empty()) {
        status = run_ours();
    }
    if (status && !owners_.leveldb.empty()) {
        const ViewContext context{options_, files_, output_, selector_, diagnostics_};
        selector_.begin_log();
        status = dump_leveldb_logs(context, owners_.leveldb, verdicts_);
    }
    if (!status) {
        verdicts_.fail(status.error());
    }
    verdicts_.finish();
    if (interrupted()) {
        verdicts_.raise(interrupt_status());
    }
    return verdicts_.status();
}

}  // namespace

std::optional<std::string> local_owner(const std::string& directory) {
    return lock_holder(directory + "/LOCK");
}

int run_wal_dump(const WalDumpOptions& options, FileSystem& files, Output& output,
                 Diagnostics& diagnostics, const OwnerOf& owner_of) {
    if (options.help) {
        output.write(wal_dump_help());
        return exit_done;
    }
    if (options.version) {
        output.write(fmt::format("strata-wal-dump {}\n", version()));
        return exit_done;
    }
    return WalDump{options, files, output, diagnostics, owner_of}.run();
}

}  // namespace strata::tools
