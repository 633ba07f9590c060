// SPDX-License-Identifier: Apache-2.0
// Counts, sizes and times of a log.
#include "common/sheet.hpp"
#include "common/units.hpp"
#include "wal_dump/frame_output.hpp"
#include "wal_dump/times.hpp"
#include "wal_dump/view.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace strata::tools {
namespace {

constexpr std::uint64_t span_ms_max = 1'000'000'000'000'000;

/// Least, greatest and sum of what was measured.
struct Measure {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    std::uint64_t least = 0;
    std::uint64_t greatest = 0;

    void add(std::uint64_t value) {
        least = count == 0 ? value : std::min(least, value);
        greatest = std::max(greatest, value);
        sum += value;
        ++count;
    }
    [[nodiscard]] std::uint64_t mean() const { return count == 0 ? 0 : sum / count; }
};

class StatsView final : public LogView {
  public:
    explicit StatsView(const ViewContext& context) : context_{context} {}

    Status segment(const SegmentInspector& segment) override;
    Status frame(const FrameView& frame) override;
    Status finish() override;

  private:
    void add_sizes(Facts& facts, const std::string& name, const Measure& measure) const;
    void add_counts(Facts& facts, const std::string& name, const Measure& measure) const;
    void end_group();

    ViewContext context_;
    std::uint64_t segments_ = 0;
    std::array<std::uint64_t, 6> frames_{};  // by FrameKind
    std::array<std::uint64_t, 7> kinds_{};   // by Kind
    std::uint64_t bytes_ = 0;
    Measure keys_{};
    Measure values_{};
    Measure batch_bytes_{};
    Measure batch_operations_{};
    Measure groups_{};  // batches that carry the same mark
    std::uint64_t group_ = 0;
    std::uint64_t mark_ = 0;
    std::uint64_t first_ms_ = 0;
    std::uint64_t last_ms_ = 0;
    Sequence first_ = 0;
    Sequence last_ = 0;
};

Status StatsView::segment(const SegmentInspector& segment) {
    static_cast<void>(segment);
    ++segments_;
    end_group();
    return {};
}

void StatsView::end_group() {
    if (group_ != 0) {
        groups_.add(group_);
    }
    group_ = 0;
}

Status StatsView::frame(const FrameView& frame) {
    if (const auto time = frame_time(frame)) {
        first_ms_ = first_ms_ == 0 ? *time : std::min(first_ms_, *time);
        last_ms_ = std::max(last_ms_, *time);
    }
    if (frame.kind != FrameKind::ops) {
        ++frames_[static_cast<std::size_t>(frame.kind)];
        bytes_ += frame.end - frame.offset;
        return {};
    }
    std::uint64_t operations = 0;
    context_.selector.records(frame, [&](const Entry& entry) {
        ++kinds_[static_cast<std::size_t>(entry.kind)];
        keys_.add(entry.key.size());
        if (entry.kind != Kind::del) {
            values_.add(entry.value.size());
        }
        first_ = first_ == 0 ? entry.sequence : first_;
        last_ = entry.sequence;
        ++operations;
    });
    if (operations == 0) {
        return {};
    }
    ++frames_[static_cast<std::size_t>(frame.kind)];
    bytes_ += frame.end - frame.offset;
    batch_bytes_.add(frame.payload.size());
    batch_operations_.add(operations);
    if (frame.mark != mark_) {
        end_group();
        mark_ = frame.mark;
    }
    ++group_;
    return {};
}

void StatsView::add_sizes(Facts& facts, const std::string& name, const Measure& measure) const {
    if (measure.count != 0) {
        facts.emplace_back(name + ".bytes", Size{measure.sum});
        facts.emplace_back(name + ".least", Size{measure.least});
        facts.emplace_back(name + ".mean", Size{measure.mean()});
        facts.emplace_back(name + ".greatest", Size{measure.greatest});
    }
}

void StatsView::add_counts(Facts& facts, const std::string& name, const Measure& measure) const {
    if (measure.count != 0) {
        facts.emplace_back(name + ".least", measure.least);
        facts.emplace_back(name + ".mean", measure.mean());
        facts.emplace_back(name + ".greatest", measure.greatest);
    }
}

Status StatsView::finish() {
    end_group();
    const auto of_kind = [this](Kind kind) { return kinds_[static_cast<std::size_t>(kind)]; };
    const auto of_frame = [this](FrameKind kind) {
        return frames_[static_cast<std::size_t>(kind)];
    };
    const bool people = context_.options.style.format == OutputFormat::table;
    Facts facts{{"segments", segments_},
                {"records", keys_.count},
                {"puts", of_kind(Kind::put)},
                {"deletes", of_kind(Kind::del)}};
    if (of_kind(Kind::put_expiring) != 0) {
        facts.emplace_back("puts.expiring", of_kind(Kind::put_expiring));
    }
    if (first_ != 0) {
        facts.emplace_back("seq.first", SequenceCell{first_});
        facts.emplace_back("seq.last", SequenceCell{last_});
    }
    add_sizes(facts, "key", keys_);
    add_sizes(facts, "value", values_);
    facts.emplace_back("batches", of_frame(FrameKind::ops));
    add_counts(facts, "batch.records", batch_operations_);
    add_sizes(facts, "batch", batch_bytes_);
    facts.emplace_back("links", of_frame(FrameKind::link));
    facts.emplace_back("marks", of_frame(FrameKind::mark));
    facts.emplace_back("seals", of_frame(FrameKind::seal));
    facts.emplace_back("frame.bytes", Size{bytes_});
    facts.emplace_back("syncs", groups_.count);
    add_counts(facts, "sync.batches", groups_);
    if (first_ms_ != 0) {
        const auto time = [&](std::uint64_t ms) -> Cell {
            return people ? Cell{time_text(ms)} : Cell{ms};
        };
        facts.emplace_back("time.first", time(first_ms_));
        facts.emplace_back("time.last", time(last_ms_));
        // Times come from the files, so their distance may be anything.
        const std::uint64_t known = std::min(last_ms_ - first_ms_, span_ms_max);
        const std::chrono::milliseconds span{static_cast<std::int64_t>(known)};
        facts.emplace_back("time.span",
                           people ? Cell{duration_text(span)} : Cell{last_ms_ - first_ms_});
    }
    print_facts(context_.output, context_.options.style, facts);
    return {};
}

}  // namespace

std::unique_ptr<LogView> make_stats_view(const ViewContext& context) {
    return std::make_unique<StatsView>(context);
}

}  // namespace strata::tools
