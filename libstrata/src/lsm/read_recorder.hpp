// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.hpp"
#include "entry/cursor.hpp"
#include "lsm/read_view.hpp"
#include "table/table.hpp"

#include <strata/explain.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace strata {

/// Listens to a read for an explanation. The read itself is the ordinary one: it has a pointer to
/// a recorder that is null unless somebody wants to know. A layer is entered, then it answers or
/// is left. One thread, one read.
class ReadRecorder {
  public:
    /// The number of the log segment that holds an operation; empty when no live one does.
    using SegmentOf = std::function<std::optional<std::uint64_t>(Sequence)>;
    explicit ReadRecorder(SegmentOf segment_of) : segment_of_{std::move(segment_of)} {}
    ReadRecorder(const ReadRecorder&) = delete;
    ReadRecorder& operator=(const ReadRecorder&) = delete;

    /// The next layer; its clock starts.
    void enter(const char* place, const Memtable& memtable);
    /// `live`: the table of the run that may hold the key; null when none may.
    void enter(std::size_t index, const Run& run, const LiveTable* live);
    /// The filter of the table was asked; true: go on.
    void filtered(const Table& table, bool may_contain);
    /// What the layer has of the key; null: nothing.
    void answer(const Table* table, const Entry* entry);
    /// Of a scan: the layer has no key of the range.
    void outside();
    /// Of the layer entered last; it stays where it is.
    [[nodiscard]] BlockReads* blocks() { return &layers_.back().blocks; }

    /// Of a scan: a cursor that passes calls on and counts them for the layer entered last. The
    /// recorder must outlive it.
    [[nodiscard]] std::unique_ptr<Cursor> watch(std::unique_ptr<Cursor> cursor);

    /// Once the read is over.
    [[nodiscard]] std::vector<ExplainStep> take_steps();

  private:
    struct Layer {
        ExplainStep step;
        BlockReads blocks{};
        bool watched = false;
        std::uint64_t seeks = 0;
        SteadyClock::time_point start{};
    };
    class Watched;

    Layer& add(ExplainStep step);
    void leave(Layer& layer);

    SegmentOf segment_of_;
    std::deque<Layer> layers_;  // a deque, since pointers into it are handed out
};

}  // namespace strata
