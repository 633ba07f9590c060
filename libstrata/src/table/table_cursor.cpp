// SPDX-License-Identifier: Apache-2.0
#include "table/table_cursor.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

constexpr std::size_t read_ahead_size = std::size_t{256} << 10;
/// A buffer that one huge block made larger than this is not kept.
constexpr std::size_t buffer_kept_max = std::size_t{4} << 20;
/// copy_suffix() always writes a whole head.
constexpr std::size_t key_slack = 4;

}  // namespace

Result<BlockView> BlockReadAhead::load(const Table& table, std::uint32_t position, bool forward) {
    const BlockHandle handle = handle_at(table.index(), position);
    if (handle.offset < begin_ || handle.end() > begin_ + size_) {
        STRATA_TRY(fill(table, handle, forward));
    }
    const Bytes bytes{buffer_->data() + (handle.offset - begin_), handle.size + block_trailer_size};
    const BlockView view = STRATA_TRY(table.file().view_data(handle, bytes, scratch_));
    STRATA_TRY(table.file().check_bounds(table.index(), position, view));
    return view;
}

Status BlockReadAhead::fill(const Table& table, const BlockHandle& handle, bool forward) {
    std::uint64_t begin = handle.offset;
    std::uint64_t end = std::max(handle.end(), std::min(begin + read_ahead_size, table.data_end()));
    if (!forward) {
        end = handle.end();
        begin = std::min(begin, end - std::min<std::uint64_t>(end, read_ahead_size));
    }
    const auto size = static_cast<std::size_t>(end - begin);
    if (buffer_ == nullptr || buffer_->size() < size ||
        (buffer_->size() > buffer_kept_max && size <= read_ahead_size)) {
        buffer_ = BlockFrame::allocate(std::max(size, read_ahead_size));
    }
    size_ = 0;
    STRATA_TRY(table.file().read(begin, buffer_->data(), size));
    begin_ = begin;
    size_ = size;
    return {};
}

TableCursor::TableCursor(std::shared_ptr<const Table> table, CacheUse use,
                         BlockReads* reads) noexcept
    : table_{std::move(table)}, use_{use}, reads_{reads} {}

Result<bool> TableCursor::seek_first() { return enter_at_first(0); }

Result<bool> TableCursor::seek_last() { return enter_at_last(table_->index().count() - 1); }

Result<bool> TableCursor::seek(Bytes wanted, Sequence sequence) {
    const Bytes key = safe_key(wanted);
    std::uint32_t position = table_->index().lower_bound(key).index;
    // Versions of the key may fill blocks up to the one that has what is sought.
    for (; position < table_->index().count(); ++position) {
        STRATA_TRY(enter(position, true));
        const std::uint32_t record = block_.lower_bound(key, sequence).index;
        if (record < block_.count()) {
            return stand(record);
        }
    }
    return leave();
}

Result<bool> TableCursor::seek_before(Bytes wanted) {
    const Bytes key = safe_key(wanted);
    const std::uint32_t position = table_->index().lower_bound(key).index;
    if (position == table_->index().count()) {
        return seek_last();
    }
    STRATA_TRY(enter(position, false));
    const std::uint32_t record = block_.lower_bound(key).index;
    if (record > 0) {
        return stand(record - 1);
    }
    return position > 0 ? enter_at_last(position - 1) : leave();
}

Result<bool> TableCursor::next() {
    STRATA_DEBUG_ASSERT(standing_);
    if (record_ + 1 < block_.count()) {
        return stand(record_ + 1);
    }
    if (position_ + 1 < table_->index().count()) {
        return enter_at_first(position_ + 1);
    }
    return leave();
}

Result<bool> TableCursor::prev() {
    STRATA_DEBUG_ASSERT(standing_);
    if (record_ > 0) {
        return stand(record_ - 1);
    }
    return position_ > 0 ? enter_at_last(position_ - 1) : leave();
}

/// A key that is borrowed from this cursor's own entry would change under the search.
Bytes TableCursor::safe_key(Bytes key) {
    if (!standing_ || key.data() != entry_.key.data()) {
        return key;
    }
    sought_ = key;
    return sought_;
}

Status TableCursor::enter(std::uint32_t position, bool forward) {
    if (loaded_ && position == position_) {
        return {};
    }
    standing_ = false;
    loaded_ = false;
    if (use_ == CacheUse::fill) {
        pin_ = STRATA_TRY(table_->block(position, reads_));
        block_ = pin_.view();
    } else {
        block_ = STRATA_TRY(ahead_.load(*table_, position, forward));
    }
    const Bytes prefix = block_.prefix();
    key_.resize(std::max(key_.size(), prefix.size() + key_slack));
    prefix.copy(key_.data(), prefix.size());
    prefix_size_ = prefix.size();
    position_ = position;
    loaded_ = true;
    return {};
}

Result<bool> TableCursor::enter_at_first(std::uint32_t position) {
    STRATA_TRY(enter(position, true));
    return stand(0);
}

Result<bool> TableCursor::enter_at_last(std::uint32_t position) {
    STRATA_TRY(enter(position, false));
    return stand(block_.count() - 1);
}

bool TableCursor::stand(std::uint32_t record) {
    const BlockRecord found = block_.record(record);
    const std::size_t size = prefix_size_ + found.suffix_size;
    if (key_.size() < size + key_slack) {
        key_.resize(size + key_slack);
    }
    block_.copy_suffix(record, found, key_.data() + prefix_size_);
    record_ = record;
    standing_ = true;
    entry_.key = {key_.data(), size};
    entry_.sequence = found.sequence;
    entry_.kind = found.kind;
    entry_.value = found.value;
    entry_.expiry = found.expiry;
    return true;
}

bool TableCursor::leave() noexcept {
    standing_ = false;
    return false;
}

}  // namespace strata
