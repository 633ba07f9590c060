// SPDX-License-Identifier: Apache-2.0
#include "version/version.hpp"

#include <utility>

namespace strata {
namespace {

/// One table is open at a time; leaving it goes to the next in the same direction.
class RunCursor final : public Cursor {
  public:
    RunCursor(std::shared_ptr<const Run> run, CacheUse use, BlockReads* reads)
        : run_{std::move(run)}, use_{use}, reads_{reads} {}

    Result<bool> seek_first() override {
        STRATA_TRY(enter(0));
        const bool found = STRATA_TRY(table_->seek_first());
        return forward(found);
    }

    Result<bool> seek_last() override {
        STRATA_TRY(enter(size() - 1));
        const bool found = STRATA_TRY(table_->seek_last());
        return backward(found);
    }

    Result<bool> seek(Bytes key, Sequence sequence) override {
        const std::size_t position = run_->lower_bound(key);
        if (position == size()) {
            return leave();
        }
        STRATA_TRY(enter(position));
        const bool found = STRATA_TRY(table_->seek(key, sequence));
        return forward(found);
    }

    Result<bool> seek_before(Bytes key) override {
        // The table at the bound may begin below the key; all behind it are above.
        std::size_t position = run_->lower_bound(key);
        if (position == size() || run_->tables()[position]->facts().key_min >= key) {
            if (position == 0) {
                return leave();
            }
            --position;
        }
        STRATA_TRY(enter(position));
        const bool found = STRATA_TRY(table_->seek_before(key));
        return backward(found);
    }

    Result<bool> next() override {
        const bool found = STRATA_TRY(table_->next());
        return forward(found);
    }

    Result<bool> prev() override {
        const bool found = STRATA_TRY(table_->prev());
        return backward(found);
    }

  private:
    [[nodiscard]] std::size_t size() const noexcept { return run_->tables().size(); }

    Status enter(std::size_t position) {
        if (table_ == nullptr || position != position_) {
            table_.reset();
            const Table* table = STRATA_TRY(run_->tables()[position]->table());
            table_ = table->cursor(use_, reads_);
            position_ = position;
        }
        return {};
    }

    Result<bool> leave() {
        table_.reset();
        return false;
    }

    /// Takes the entry of the table's cursor, or of the first entry behind the table.
    Result<bool> forward(bool found) {
        while (!found) {
            if (position_ + 1 == size()) {
                return leave();
            }
            STRATA_TRY(enter(position_ + 1));
            found = STRATA_TRY(table_->seek_first());
        }
        entry_ = table_->entry();
        return true;
    }

    Result<bool> backward(bool found) {
        while (!found) {
            if (position_ == 0) {
                return leave();
            }
            STRATA_TRY(enter(position_ - 1));
            found = STRATA_TRY(table_->seek_last());
        }
        entry_ = table_->entry();
        return true;
    }

    std::shared_ptr<const Run> run_;
    CacheUse use_;
    BlockReads* reads_;
    std::size_t position_ = 0;
    std::unique_ptr<Cursor> table_{};  ///< over tables()[position_]; null: nowhere
};

}  // namespace

std::unique_ptr<Cursor> run_cursor(std::shared_ptr<const Run> run, CacheUse use,
                                   BlockReads* reads) {
    return std::make_unique<RunCursor>(std::move(run), use, reads);
}

}  // namespace strata
