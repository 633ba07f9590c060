// SPDX-License-Identifier: Apache-2.0
#include "inspect/parts_cursor.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

namespace strata {
namespace {

bool is_damage(const Error& error) {
    return error.code == ErrorCode::corruption || error.code == ErrorCode::unsupported;
}

}  // namespace

Result<std::unique_ptr<PartsCursor>> PartsCursor::make(const TableParts& table) {
    std::unique_ptr<PartsCursor> cursor{new PartsCursor{table}};
    if (!table.has_index()) {
        STRATA_TRY(cursor->measure_blocks());
    }
    return cursor;
}

Status PartsCursor::measure_blocks() {
    last_keys_.resize(table_.blocks());
    const std::string* before = nullptr;
    for (std::uint32_t i = 0; i < table_.blocks(); ++i) {
        const auto block = table_.read_block(i);
        if (!block) {
            if (!is_damage(block.error())) {
                return Error{block.error()};
            }
            const Finding finding = finding_from(table_.path(), block.error());
            note(i, finding.offset, finding.message);
            continue;
        }
        if (before != nullptr && block->view.compare_key(0, *before) < 0) {
            note(i, block->handle.offset, "the keys of this block lie before those of the last");
            continue;
        }
        last_keys_[i] = block->view.key(block->view.count() - 1);
        before = &last_keys_[i];
    }
    return {};
}

void PartsCursor::note(std::uint32_t position, std::uint64_t offset, const std::string& message) {
    if (noted_.insert(position).second) {
        findings_.push_back({table_.path(), offset, message});
    }
}

bool PartsCursor::in_bounds(std::uint32_t position, const BlockView& view) const {
    if (!table_.has_index()) {
        return !last_keys_[position].empty();
    }
    const BlockView& index = table_.index();
    return (position == 0 || view.compare_key(0, index.key(position - 1)) >= 0) &&
           view.compare_key(view.count() - 1, index.key(position)) <= 0;
}

Result<bool> PartsCursor::load(std::uint32_t position) {
    if (loaded_ && position_ == position) {
        return true;
    }
    if (noted_.contains(position) || !table_.handle(position)) {
        return false;
    }
    auto block = table_.read_block(position);
    if (!block) {
        if (!is_damage(block.error())) {
            return block.take_error();
        }
        const Finding finding = finding_from(table_.path(), block.error());
        note(position, finding.offset, finding.message);
        return false;
    }
    if (!in_bounds(position, block->view)) {
        note(position, block->handle.offset,
             "the keys of this block do not lie between its separators in the index");
        return false;
    }
    data_ = block.take_value();
    position_ = position;
    loaded_ = true;
    return true;
}

bool PartsCursor::stand(std::uint32_t record) {
    record_ = record;
    const BlockRecord found = data_.view.record(record);
    key_ = data_.view.key(record);
    entry_ = {.key = key_,
              .sequence = found.sequence,
              .kind = found.kind,
              .value = found.value,
              .expiry = found.expiry};
    return true;
}

Result<bool> PartsCursor::enter_forward(std::uint64_t position) {
    for (; position < table_.blocks(); ++position) {
        const bool loaded = STRATA_TRY(load(static_cast<std::uint32_t>(position)));
        if (loaded) {
            return stand(0);
        }
    }
    return false;
}

Result<bool> PartsCursor::enter_backward(std::int64_t position) {
    for (; position >= 0; --position) {
        const bool loaded = STRATA_TRY(load(static_cast<std::uint32_t>(position)));
        if (loaded) {
            return stand(data_.view.count() - 1);
        }
    }
    return false;
}

/// The first block whose keys may reach `key`.
std::uint32_t PartsCursor::lower_bound(Bytes key) const {
    if (table_.has_index()) {
        return table_.index().lower_bound(key).index;
    }
    std::uint32_t position = 0;
    while (position < table_.blocks() && Bytes{last_keys_[position]} < key) {
        ++position;
    }
    return position;
}

Result<bool> PartsCursor::seek_first() { return enter_forward(0); }

Result<bool> PartsCursor::seek_last() { return enter_backward(std::int64_t{table_.blocks()} - 1); }

Result<bool> PartsCursor::seek(Bytes key, Sequence sequence) {
    // The key may lie in the block that is about to be replaced.
    sought_.assign(key);
    for (std::uint32_t i = lower_bound(sought_); i < table_.blocks(); ++i) {
        const bool loaded = STRATA_TRY(load(i));
        if (!loaded) {
            continue;
        }
        const std::uint32_t record = data_.view.lower_bound(sought_, sequence).index;
        if (record < data_.view.count()) {
            return stand(record);
        }
    }
    return false;
}

Result<bool> PartsCursor::seek_before(Bytes key) {
    sought_.assign(key);
    const std::uint32_t count = table_.blocks();
    for (std::int64_t i = std::min<std::int64_t>(lower_bound(sought_), std::int64_t{count} - 1);
         i >= 0; --i) {
        const bool loaded = STRATA_TRY(load(static_cast<std::uint32_t>(i)));
        if (!loaded) {
            continue;
        }
        const std::uint32_t record = data_.view.lower_bound(sought_).index;
        if (record > 0) {
            return stand(record - 1);
        }
    }
    return false;
}

Result<bool> PartsCursor::next() {
    if (record_ + 1 < data_.view.count()) {
        return stand(record_ + 1);
    }
    return enter_forward(std::uint64_t{position_} + 1);
}

Result<bool> PartsCursor::prev() {
    if (record_ > 0) {
        return stand(record_ - 1);
    }
    return enter_backward(std::int64_t{position_} - 1);
}

}  // namespace strata
