// SPDX-License-Identifier: Apache-2.0
#include "entry/merge_cursor.hpp"

#include "base/assert.hpp"
#include "base/coding.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace strata {
namespace {

// A binary heap of the inputs that stand on an entry, the one whose turn it is on top. The
// runner-up is remembered, so that while the same input keeps winning a step costs one comparison,
// and mostly that of two cached key windows.
class MergeCursor final : public Cursor {
  public:
    explicit MergeCursor(std::vector<std::unique_ptr<Cursor>> inputs) : inputs_{std::move(inputs)} {
        heap_.reserve(inputs_.size());
    }

    Result<bool> seek_first() override {
        start(false);
        for (const auto& input : inputs_) {
            const bool standing = STRATA_TRY(input->seek_first());
            add(input.get(), standing);
        }
        return order();
    }

    Result<bool> seek_last() override {
        start(true);
        for (const auto& input : inputs_) {
            const bool standing = STRATA_TRY(input->seek_last());
            add(input.get(), standing);
        }
        return order();
    }

    Result<bool> seek(Bytes key, Sequence sequence) override {
        start(false);
        for (const auto& input : inputs_) {
            const bool standing = STRATA_TRY(input->seek(key, sequence));
            add(input.get(), standing);
        }
        return order();
    }

    Result<bool> seek_before(Bytes key) override {
        start(true);
        for (const auto& input : inputs_) {
            const bool standing = STRATA_TRY(input->seek_before(key));
            add(input.get(), standing);
        }
        return order();
    }

    Result<bool> next() override {
        STRATA_ASSERT(standing_);
        if (reverse_) [[unlikely]] {
            return turn_forward();
        }
        auto moved = heap_.front().cursor->next();
        return settle(moved);
    }

    Result<bool> prev() override {
        STRATA_ASSERT(standing_);
        if (!reverse_) [[unlikely]] {
            return turn_back();
        }
        auto moved = heap_.front().cursor->prev();
        return settle(moved);
    }

  private:
    struct Input {
        std::uint64_t window;  // of the key it stands on
        Cursor* cursor;
    };

    void start(bool reverse) {
        heap_.clear();
        standing_ = false;
        reverse_ = reverse;
    }

    void add(Cursor* cursor, bool standing) {
        if (standing) {
            heap_.push_back(Input{load_window(cursor->entry().key), cursor});
        }
    }

    // Whether `left` has its turn before `right`.
    [[nodiscard]] bool before(const Input& left, const Input& right) const noexcept {
        if (left.window != right.window) [[likely]] {
            return (left.window < right.window) != reverse_;
        }
        const Entry& a = left.cursor->entry();
        const Entry& b = right.cursor->entry();
        const auto order = compare_entries(a.key, a.sequence, b.key, b.sequence);
        STRATA_DEBUG_ASSERT(order != std::strong_ordering::equal);
        return (order == std::strong_ordering::less) != reverse_;
    }

    void sift_down(std::size_t hole) {
        const Input moving = heap_[hole];
        for (std::size_t child = 2 * hole + 1; child < heap_.size(); child = 2 * hole + 1) {
            if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
                ++child;
            }
            if (!before(heap_[child], moving)) {
                break;
            }
            heap_[hole] = heap_[child];
            hole = child;
        }
        heap_[hole] = moving;
    }

    Result<bool> order() {
        for (std::size_t i = heap_.size() / 2; i-- > 0;) {
            sift_down(i);
        }
        return stand();
    }

    // Finds the runner-up and stands on the entry of the winner.
    bool stand() {
        standing_ = !heap_.empty();
        if (standing_) {
            runner_up_ = heap_.size() > 2 && before(heap_[2], heap_[1]) ? 2 : 1;
            entry_ = heap_.front().cursor->entry();
        }
        return standing_;
    }

    // Restores the order after the winner has moved.
    Result<bool> settle(Result<bool>& moved) {
        if (!moved) [[unlikely]] {
            standing_ = false;
            return std::move(moved);
        }
        if (!*moved) [[unlikely]] {
            heap_.front() = heap_.back();
            heap_.pop_back();
            if (!heap_.empty()) {
                sift_down(0);
            }
            return stand();
        }
        Input& winner = heap_.front();
        winner.window = load_window(winner.cursor->entry().key);
        if (heap_.size() == 1 || before(winner, heap_[runner_up_])) {
            entry_ = winner.cursor->entry();
            return true;
        }
        sift_down(0);
        return stand();
    }

    // The other inputs stand before the current entry, or nowhere: each moves to its first entry
    // behind it. The current input keeps its bytes meanwhile.
    Result<bool> turn_forward() {
        Cursor* current = heap_.front().cursor;
        start(false);
        for (const auto& input : inputs_) {
            if (input.get() != current) {
                const bool standing = STRATA_TRY(input->seek(entry_.key, entry_.sequence));
                add(input.get(), standing);
            }
        }
        const bool standing = STRATA_TRY(current->next());
        add(current, standing);
        return order();
    }

    Result<bool> turn_back() {
        Cursor* current = heap_.front().cursor;
        start(true);
        for (const auto& input : inputs_) {
            if (input.get() != current) {
                const bool behind = STRATA_TRY(input->seek(entry_.key, entry_.sequence));
                const bool standing = STRATA_TRY(behind ? input->prev() : input->seek_last());
                add(input.get(), standing);
            }
        }
        const bool standing = STRATA_TRY(current->prev());
        add(current, standing);
        return order();
    }

    std::vector<std::unique_ptr<Cursor>> inputs_;
    std::vector<Input> heap_;
    std::size_t runner_up_ = 1;  // in heap_, when it has two inputs or more
    bool reverse_ = false;
    bool standing_ = false;
};

}  // namespace

std::unique_ptr<Cursor> merge_cursors(std::vector<std::unique_ptr<Cursor>> inputs) {
    if (inputs.size() == 1) {
        return std::move(inputs.front());
    }
    return std::make_unique<MergeCursor>(std::move(inputs));
}

}  // namespace strata
