// SPDX-License-Identifier: Apache-2.0
#include "table/block_builder.hpp"

#include "base/assert.hpp"
#include "base/coding.hpp"
#include "table/block_view.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace strata {
namespace {

constexpr std::size_t head_size = 4;

/// Bytes a record takes besides key and value: head, u16 offset, kind.
constexpr std::size_t record_overhead = head_size + 2 + 1;

/// One huge value must not hold memory for the rest of a builder's life.
constexpr std::size_t staging_kept_max = std::size_t{4} << 20;

}  // namespace

/// What all records of the finished block share.
struct BlockBuilder::Layout {
    std::size_t prefix = 0;
    bool sizes_vary = false;
    bool wide = false;
    Sequence base = 0;
    std::size_t area = 0;  ///< bytes of the record area
};

std::size_t common_prefix_size(Bytes left, Bytes right) noexcept {
    const std::size_t limit = std::min(left.size(), right.size());
    std::size_t i = 0;
    for (; i + sizeof(std::uint64_t) <= limit; i += sizeof(std::uint64_t)) {
        const std::uint64_t differ =
            load<std::uint64_t>(left.data() + i) ^ load<std::uint64_t>(right.data() + i);
        if (differ != 0) {
            return i + static_cast<std::size_t>(std::countr_zero(differ)) / 8;
        }
    }
    while (i < limit && left[i] == right[i]) {
        ++i;
    }
    return i;
}

/// Keys ascend, so the first and the last share no more than all do.
std::size_t BlockBuilder::common_prefix(Bytes key) const noexcept {
    return records_.empty() ? key.size()
                            : common_prefix_size(key_of(records_.front()).substr(0, prefix_), key);
}

std::size_t BlockBuilder::size_with(const Entry& entry) const noexcept {
    const std::size_t count = records_.size() + 1;
    const std::size_t prefix = common_prefix(entry.key);
    const Sequence least = records_.empty() ? entry.sequence : std::min(least_, entry.sequence);
    const Sequence greatest = std::max(greatest_, entry.sequence);
    const bool vary =
        sizes_vary_ || (!records_.empty() && entry.key.size() != records_.front().key_size);
    const std::size_t keys = key_bytes_ + entry.key.size();
    const std::size_t shared = count * (prefix + head_size);
    const std::size_t expiry = entry.kind == Kind::put_expiring ? varint_size(entry.expiry) : 0;
    return block_header_size + round_up(prefix, 4) +
           count * (record_overhead + varint_size(greatest - least) + (vary ? 1U : 0U)) +
           (keys > shared ? keys - shared : 0) + value_bytes_ + entry.value.size() + expiry_bytes_ +
           expiry;
}

void BlockBuilder::add(const Entry& entry) {
    if (records_.empty()) {
        least_ = entry.sequence;
        greatest_ = entry.sequence;
    }
    prefix_ = common_prefix(entry.key);
    least_ = std::min(least_, entry.sequence);
    greatest_ = std::max(greatest_, entry.sequence);
    sizes_vary_ =
        sizes_vary_ || (!records_.empty() && entry.key.size() != records_.front().key_size);
    key_bytes_ += entry.key.size();
    value_bytes_ += entry.value.size();
    expiry_bytes_ += entry.kind == Kind::put_expiring ? varint_size(entry.expiry) : 0;
    records_.push_back(Record{.at = staging_.size(),
                              .key_size = static_cast<std::uint32_t>(entry.key.size()),
                              .value_size = static_cast<std::uint32_t>(entry.value.size()),
                              .sequence = entry.sequence,
                              .expiry = entry.expiry,
                              .kind = entry.kind});
    staging_.append(entry.key);
    staging_.append(entry.value);
}

Bytes BlockBuilder::last_key() const noexcept {
    return records_.empty() ? Bytes{} : key_of(records_.back());
}

BlockBuilder::Layout BlockBuilder::plan() const noexcept {
    Layout layout{.prefix = prefix_, .sizes_vary = sizes_vary_, .wide = false, .base = least_};
    std::size_t last = 0;
    for (const Record& record : records_) {
        const std::size_t suffix = record.key_size - prefix_;
        last = layout.area;
        layout.area += 1 + varint_size(record.sequence - least_) +
                       (sizes_vary_ ? varint_size(suffix) : 0) +
                       (record.kind == Kind::put_expiring ? varint_size(record.expiry) : 0) +
                       (suffix > head_size ? suffix - head_size : 0) + record.value_size;
    }
    layout.wide = last > 0xffff;
    return layout;
}

char* BlockBuilder::write_record(const Record& record, const Layout& layout,
                                 char* to) const noexcept {
    const Bytes suffix = key_of(record).substr(layout.prefix);
    *to++ = static_cast<char>(record.kind);
    to = store_varint(to, record.sequence - layout.base);
    if (layout.sizes_vary) {
        to = store_varint(to, suffix.size());
    }
    if (record.kind == Kind::put_expiring) {
        to = store_varint(to, record.expiry);
    }
    const std::size_t taken = std::min(suffix.size(), head_size);
    // Key and value lie side by side, so the rest of the key and the value are one copy.
    const std::size_t size = suffix.size() - taken + record.value_size;
    std::memcpy(to, suffix.data() + taken, size);
    return to + size;
}

void BlockBuilder::finish(std::string& out) {
    STRATA_ASSERT(!records_.empty());
    const Layout layout = plan();
    const std::size_t count = records_.size();
    const std::size_t heads_at = block_header_size + round_up(layout.prefix, 4);
    const std::size_t offset_size = layout.wide ? 4 : 2;
    const std::size_t records_at = heads_at + count * (head_size + offset_size);
    out.assign(records_at + layout.area, '\0');
    char* data = out.data();
    store(data, static_cast<std::uint32_t>(count));
    store(data + 4, static_cast<std::uint32_t>(layout.prefix));
    store(data + 8, layout.sizes_vary
                        ? block_suffix_varies
                        : static_cast<std::uint32_t>(records_.front().key_size - layout.prefix));
    store(data + 12, layout.wide ? block_wide_offsets : std::uint32_t{0});
    store(data + 16, layout.base);
    key_of(records_.front()).copy(data + block_header_size, layout.prefix);
    char* head = data + heads_at;
    char* offset = head + head_size * count;
    char* record_at = data + records_at;
    for (const Record& record : records_) {
        const auto at = static_cast<std::uint32_t>(record_at - (data + records_at));
        store(head, head_of(key_of(record).substr(layout.prefix)));
        head += head_size;
        if (layout.wide) {
            store(offset, at);
        } else {
            store(offset, static_cast<std::uint16_t>(at));
        }
        offset += offset_size;
        record_at = write_record(record, layout, record_at);
    }
    STRATA_ASSERT(record_at == data + out.size());
    staging_.clear();
    if (staging_.capacity() > staging_kept_max) {
        staging_ = std::string{};
    }
    records_.clear();
    prefix_ = key_bytes_ = value_bytes_ = expiry_bytes_ = 0;
    least_ = greatest_ = 0;
    sizes_vary_ = false;
}

}  // namespace strata
