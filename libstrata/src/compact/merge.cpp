// SPDX-License-Identifier: Apache-2.0
#include "compact/merge.hpp"

#include "base/assert.hpp"

#include <utility>

namespace strata {
namespace {

constexpr std::uint64_t pace_bytes = std::uint64_t{1} << 20;

/// Moves all entries, until the end, an error or a stop.
class Pump {
  public:
    explicit Pump(MergeInput& input)
        : input_{input}, rule_{std::move(input.limits)}, sink_{std::move(input.sink)} {}

    Result<MergeResult> run() {
        Result<MergeResult> result = move_all();
        if (!result || result->stopped) {
            sink_.abandon();
        }
        return result;
    }

  private:
    Result<MergeResult> move_all() {
        MergeResult result;
        bool found = STRATA_TRY(input_.cursor->seek_first());
        while (found) {
            if (input_.stop != nullptr && input_.stop->load(std::memory_order_relaxed)) {
                result.stopped = true;
                return result;
            }
            const Entry& entry = input_.cursor->entry();
            account(entry, result);
            if (rule_.keep(entry)) {
                STRATA_TRY(sink_.add(entry));
            }
            found = STRATA_TRY(input_.cursor->next());
        }
        result.tables = STRATA_TRY(sink_.finish());
        result.history_floor = rule_.history_floor();
        result.kept = rule_.kept();
        result.dropped = rule_.dropped();
        result.bytes_written = sink_.bytes_written();
        return result;
    }

    void account(const Entry& entry, MergeResult& result) {
        const std::uint64_t size = entry.key.size() + entry.value.size();
        result.bytes_read += size;
        unpaced_ += size;
        if (unpaced_ >= pace_bytes && input_.pace) {
            input_.pace(std::exchange(unpaced_, 0));
        }
    }

    MergeInput& input_;
    KeepRule rule_;
    TableSink sink_;
    std::uint64_t unpaced_ = 0;  ///< bytes of input since the last call of pace
};

}  // namespace

Result<MergeResult> run_merge(MergeInput input) {
    STRATA_ASSERT(input.cursor != nullptr);
    return Pump{input}.run();
}

}  // namespace strata
