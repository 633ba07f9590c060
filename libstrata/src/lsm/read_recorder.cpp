// SPDX-License-Identifier: Apache-2.0
#include "lsm/read_recorder.hpp"

#include "base/file_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace strata {
namespace {

std::uint64_t nanoseconds_since(SteadyClock::time_point start) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - start).count());
}

const char* verdict_of(const Entry* entry) {
    if (entry == nullptr) {
        return "not there";
    }
    return entry->kind == Kind::del ? "tombstone" : "found";
}

}  // namespace

class ReadRecorder::Watched : public Cursor {
  public:
    Watched(std::unique_ptr<Cursor> inner, Layer& layer)
        : inner_{std::move(inner)}, layer_{layer} {}

    Result<bool> seek_first() override {
        return sought([this] { return inner_->seek_first(); });
    }
    Result<bool> seek_last() override {
        return sought([this] { return inner_->seek_last(); });
    }
    Result<bool> seek(Bytes key, Sequence sequence) override {
        return sought([&] { return inner_->seek(key, sequence); });
    }
    Result<bool> seek_before(Bytes key) override {
        return sought([&] { return inner_->seek_before(key); });
    }
    Result<bool> next() override {
        return timed([this] { return inner_->next(); });
    }
    Result<bool> prev() override {
        return timed([this] { return inner_->prev(); });
    }

  private:
    template <typename Call>
    Result<bool> sought(Call call) {
        ++layer_.seeks;
        return timed(call);
    }
    template <typename Call>
    Result<bool> timed(Call call) {
        const auto start = SteadyClock::now();
        auto standing = call();
        layer_.step.nanoseconds += nanoseconds_since(start);
        if (standing && *standing) {
            ++layer_.step.entries;
            entry_ = inner_->entry();
        }
        return standing;
    }

    std::unique_ptr<Cursor> inner_;
    Layer& layer_;
};

ReadRecorder::Layer& ReadRecorder::add(ExplainStep step) {
    Layer& layer = layers_.emplace_back();
    layer.step = std::move(step);
    layer.start = SteadyClock::now();
    return layer;
}

void ReadRecorder::leave(Layer& layer) { layer.step.nanoseconds = nanoseconds_since(layer.start); }

void ReadRecorder::enter(const char* place, const Memtable& memtable) {
    ExplainStep step{.layer = place};
    if (const auto segment = segment_of_(memtable.last_sequence())) {
        step.file = file_name(FileType::wal, *segment);
    }
    if (memtable.empty()) {
        step.detail = "empty";
    } else {
        step.detail = fmt::format("{} in it, sequences {} to {}", memtable.entries(),
                                  memtable.first_sequence(), memtable.last_sequence());
    }
    add(std::move(step));
}

void ReadRecorder::enter(std::size_t index, const Run& run, const LiveTable* live) {
    ExplainStep step{.layer = "run", .run = index, .tier = run.tier()};
    const std::size_t tables = run.tables().size();
    if (live == nullptr) {
        step.verdict = "out of range";
        step.detail =
            fmt::format("no key range of {} table{} covers it", tables, tables == 1 ? "" : "s");
        leave(add(std::move(step)));
        return;
    }
    step.file = file_name(FileType::table, live->facts().number);
    if (live->table_if_open() == nullptr) {
        step.detail = "opened the table first; ";
    }
    add(std::move(step));
}

void ReadRecorder::filtered(const Table& table, bool may_contain) {
    Layer& layer = layers_.back();
    if (!may_contain) {
        layer.step.verdict = "filter says no";
        layer.step.detail +=
            fmt::format("{} probes, {} keys", table.filter().probes(), table.filter().keys());
        leave(layer);
        return;
    }
    layer.step.detail += table.filter().lines() == 0 ? "no filter; " : "filter says maybe; ";
}

void ReadRecorder::answer(const Table* table, const Entry* entry) {
    Layer& layer = layers_.back();
    leave(layer);
    layer.step.verdict = verdict_of(entry);
    if (table == nullptr) {
        return;
    }
    if (layer.blocks.cached + layer.blocks.read == 0) {
        layer.step.detail += "no block covers it";
        return;
    }
    const BlockHandle handle = handle_at(table->index(), layer.blocks.last);
    layer.step.detail +=
        fmt::format("block {} of {} at {}, {}", layer.blocks.last, table->index().count(),
                    handle.offset, layer.blocks.read == 0 ? "cached" : "read from the file");
}

void ReadRecorder::outside() {
    Layer& layer = layers_.back();
    layer.step.verdict = "out of range";
    leave(layer);
}

std::unique_ptr<Cursor> ReadRecorder::watch(std::unique_ptr<Cursor> cursor) {
    layers_.back().watched = true;
    return std::make_unique<Watched>(std::move(cursor), layers_.back());
}

std::vector<ExplainStep> ReadRecorder::take_steps() {
    std::vector<ExplainStep> steps;
    for (Layer& layer : layers_) {
        layer.step.blocks_cached = layer.blocks.cached;
        layer.step.blocks_read = layer.blocks.read;
        layer.step.bytes_read = layer.blocks.bytes_read;
        if (layer.watched) {
            layer.step.verdict = layer.step.entries == 0 ? "nothing in range" : "walked";
            const char* gap = layer.step.detail.empty() ? "" : "; ";
            layer.step.detail +=
                fmt::format("{}{} seek{}", gap, layer.seeks, layer.seeks == 1 ? "" : "s");
        } else if (layer.step.verdict.empty()) {
            layer.step.verdict = "failed";
            leave(layer);
        }
        steps.push_back(std::move(layer.step));
    }
    layers_.clear();
    return steps;
}

}  // namespace strata
