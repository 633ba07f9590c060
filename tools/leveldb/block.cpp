// SPDX-License-Identifier: Apache-2.0
#include "leveldb/block.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"

#include <fmt/format.h>

namespace strata::level {

Result<BlockCursor> BlockCursor::create(const std::string& path, Block block) {
    BlockCursor cursor{path, std::move(block)};
    const std::string& content = cursor.block_.content;
    constexpr std::size_t word = sizeof(std::uint32_t);
    if (content.size() < word) {
        return cursor.damage(
            fmt::format("expected the number of restart points in 4 bytes, "
                        "found a block of {}",
                        content.size()));
    }
    const std::size_t room = content.size() / word - 1;
    cursor.restart_count_ = load<std::uint32_t>(content.data() + content.size() - word);
    if (cursor.restart_count_ > room) {
        return cursor.damage(fmt::format("expected at most {} restart points, found {}", room,
                                         cursor.restart_count_));
    }
    cursor.entries_end_ = content.size() - word * (std::size_t{cursor.restart_count_} + 1);
    return cursor;
}

Result<bool> BlockCursor::next() {
    if (next_ >= entries_end_) {
        return false;
    }
    entry_ = next_;
    FieldReader fields{Bytes{block_.content}.substr(entry_, entries_end_ - entry_)};
    const std::uint64_t shared = fields.varint();
    const std::uint64_t added = fields.varint();
    const std::uint64_t value_size = fields.varint();
    const Bytes suffix = fields.take(added);
    const Bytes value = fields.take(value_size);
    if (!fields.ok()) {
        return damage(
            "expected an entry that ends before the restart points, found lengths beyond");
    }
    if (shared > key_.size()) {
        return damage(fmt::format("expected at most {} bytes shared with the key before, found {}",
                                  key_.size(), shared));
    }
    STRATA_TRY(check_restart(shared));
    key_.resize(static_cast<std::size_t>(shared));
    key_.append(suffix);
    value_begin_ = static_cast<std::size_t>(value.data() - block_.content.data());
    value_size_ = value.size();
    next_ = entries_end_ - fields.rest().size();
    if (next_ == entries_end_ && next_restart_ < restart_count_ && restart(next_restart_) != 0) {
        return damage(
            fmt::format("expected a restart point at an entry, found {}", restart(next_restart_)));
    }
    return true;
}

/// Restart points must ascend, so the next one is at this entry, or behind it.
Status BlockCursor::check_restart(std::uint64_t shared) {
    if (next_restart_ == restart_count_ || restart(next_restart_) > entry_) {
        return {};
    }
    if (restart(next_restart_) != entry_) {
        return damage(
            fmt::format("expected a restart point at an entry, found {}", restart(next_restart_)));
    }
    ++next_restart_;
    if (shared != 0) {
        return damage(
            fmt::format("expected a whole key at a restart point, found {} bytes shared", shared));
    }
    return {};
}

std::uint32_t BlockCursor::restart(std::uint32_t index) const noexcept {
    return load<std::uint32_t>(block_.content.data() + entries_end_ +
                               sizeof(std::uint32_t) * index);
}

Error BlockCursor::damage(const std::string& what) {
    next_ = entries_end_;
    return corruption_at(path_, block_.handle.offset, "byte {} of the unfolded block: {}", entry_,
                         what);
}

}  // namespace strata::level
