// SPDX-License-Identifier: Apache-2.0
#include "table/block_view.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace strata {
namespace {

constexpr std::size_t head_size = block_head_size;

/// A varint in bytes that parse() has checked.
std::uint64_t read_varint(const char*& at) noexcept {
    auto byte = static_cast<unsigned char>(*at++);
    std::uint64_t value = byte & 0x7fU;
    for (unsigned shift = 7; byte >= 0x80; shift += 7) {
        byte = static_cast<unsigned char>(*at++);
        value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    }
    return value;
}

/// The bits of a head that lie behind a suffix of this length, which are zero: otherwise keys that
/// are equal could stand under different heads.
std::uint32_t padding_of(std::uint64_t suffix_size) noexcept {
    return suffix_size < head_size ? ~std::uint32_t{0} >> (8 * suffix_size) : 0;
}

Bytes rest_of(Bytes suffix) noexcept {
    return suffix.size() > head_size ? suffix.substr(head_size) : Bytes{};
}

/// Index of the first of `count` heads that is not below `head`. The loop has no branch on data,
/// only conditional moves, so that the processor never guesses.
std::uint32_t lower_head(const char* heads, std::uint32_t count, std::uint32_t head) noexcept {
    std::uint32_t base = 0;
    while (count > 1) {
        const std::uint32_t half = count / 2;
        const auto middle = load<std::uint32_t>(heads + std::size_t{4} * (base + half - 1));
        base += middle < head ? half : 0;
        count -= half;
    }
    return base + (load<std::uint32_t>(heads + std::size_t{4} * base) < head ? 1 : 0);
}

Error broken(const char* what) { return make_error(ErrorCode::corruption, "{}", what); }

}  // namespace

std::uint32_t head_of(Bytes suffix) noexcept {
    if (suffix.size() >= head_size) {
        return __builtin_bswap32(load<std::uint32_t>(suffix.data()));
    }
    std::uint32_t head = 0;
    for (std::size_t i = 0; i < suffix.size(); ++i) {
        head |= static_cast<std::uint32_t>(static_cast<unsigned char>(suffix[i])) << (24 - 8 * i);
    }
    return head;
}

Result<BlockView> BlockView::parse(Bytes block, BlockKind kind) {
    BlockView view;
    STRATA_TRY(view.parse_header(block));
    STRATA_TRY(view.check_offsets());
    const bool strict = kind != BlockKind::index;
    const char* begin = view.record_begin(0);
    for (std::uint32_t i = 0; i < view.count_; ++i) {
        const char* end = view.record_end(i);
        if (!view.is_plain(i, begin, end)) {
            STRATA_TRY(view.check_record(i, kind));
        }
        if (i > 0 && view.head(i - 1) >= view.head(i)) {
            STRATA_TRY(view.check_order(i, strict));
        }
        begin = end;
    }
    return view;
}

/// Whether a record is one of the usual puts, which are right in any block: keys of equal length,
/// a sequence less than 2^28 above the base. The others take the long way.
bool BlockView::is_plain(std::uint32_t index, const char* begin, const char* end) const noexcept {
    constexpr std::size_t delta_size_max = 4;
    const std::size_t rest = suffix_size_ > head_size ? suffix_size_ - head_size : 0;
    const auto size = static_cast<std::size_t>(end - begin);
    std::size_t delta_size = 1;
    while (delta_size < std::min(size, delta_size_max) &&
           static_cast<unsigned char>(begin[delta_size]) >= 0x80) {
        ++delta_size;
    }
    const std::size_t least = 1 + delta_size + rest;
    return size >= least && size - least <= value_size_max &&
           begin[0] == static_cast<char>(Kind::put) &&
           static_cast<unsigned char>(begin[delta_size]) < 0x80 &&
           suffix_size_ != block_suffix_varies && (head(index) & padding_of(suffix_size_)) == 0 &&
           prefix_size_ + suffix_size_ != 0 && base_ < sequence_max - (Sequence{1} << 28);
}

Status BlockView::parse_header(Bytes block) {
    if (block.size() < block_header_size || block.size() > table_section_size_max) {
        return make_error(ErrorCode::corruption, "a block of {} bytes has no room for its header",
                          block.size());
    }
    data_ = block.data();
    size_ = static_cast<std::uint32_t>(block.size());
    FieldReader fields{block};
    count_ = fields.fixed<std::uint32_t>();
    prefix_size_ = fields.fixed<std::uint32_t>();
    suffix_size_ = fields.fixed<std::uint32_t>();
    wide_ = (fields.fixed<std::uint32_t>() & block_wide_offsets) != 0;
    base_ = fields.fixed<std::uint64_t>();
    const std::uint64_t heads_at = block_header_size + round_up(prefix_size_, 4);
    const std::uint64_t records_at =
        heads_at + std::uint64_t{count_} * (head_size + (wide_ ? 4U : 2U));
    if (count_ == 0 || records_at > block.size()) {
        return make_error(ErrorCode::corruption,
                          "{} records with a prefix of {} bytes do not fit in a block of {} bytes",
                          count_, prefix_size_, block.size());
    }
    const bool varies = suffix_size_ == block_suffix_varies;
    if (prefix_size_ > key_size_max || (!varies && suffix_size_ > key_size_max - prefix_size_)) {
        return make_error(ErrorCode::corruption, "keys of {} + {} bytes are beyond the limit of {}",
                          prefix_size_, suffix_size_, key_size_max);
    }
    heads_at_ = static_cast<std::uint32_t>(heads_at);
    records_at_ = static_cast<std::uint32_t>(records_at);
    return {};
}

Status BlockView::check_offsets() const {
    const std::uint32_t area = size_ - records_at_;
    std::uint32_t previous = offset(0);
    bool ascending = previous == 0 && area > 0;
    for (std::uint32_t i = 1; i < count_; ++i) {
        const std::uint32_t current = offset(i);
        ascending = ascending && previous < current;
        previous = current;
    }
    if (!ascending || previous >= area) {
        return broken("the offsets of the records do not ascend within the record area");
    }
    return {};
}

Status BlockView::check_record(std::uint32_t index, BlockKind kind) const {
    const char* begin = record_begin(index);
    FieldReader fields{Bytes{begin, static_cast<std::size_t>(record_end(index) - begin)}};
    const auto type = static_cast<Kind>(fields.fixed<std::uint8_t>());
    const std::uint64_t delta = fields.varint();
    const bool varies = suffix_size_ == block_suffix_varies;
    const std::uint64_t suffix = varies ? fields.varint() : suffix_size_;
    if (type == Kind::put_expiring) {
        static_cast<void>(fields.varint());
    }
    if (suffix > key_size_max - prefix_size_ || suffix + prefix_size_ == 0 ||
        (head(index) & padding_of(suffix)) != 0) {
        fields.fail();
    }
    static_cast<void>(fields.take(suffix > head_size ? suffix - head_size : 0));
    if (!fields.ok()) {
        return make_error(ErrorCode::corruption, "record {} of {} does not fit in its place", index,
                          count_);
    }
    const bool known = type == Kind::put || type == Kind::del || type == Kind::put_expiring;
    const bool put_only = kind != BlockKind::data && type != Kind::put;
    if (!known || put_only || (type == Kind::del && !fields.at_end()) ||
        fields.rest().size() > value_size_max || base_ > sequence_max ||
        delta > sequence_max - base_) {
        return make_error(ErrorCode::corruption,
                          "record {} of {}: kind {}, sequence {} + {} and a value of {} bytes",
                          index, count_, static_cast<unsigned>(type), base_, delta,
                          fields.rest().size());
    }
    return {};
}

Status BlockView::check_order(std::uint32_t index, bool strict) const {
    const std::uint32_t left = head(index - 1);
    const std::uint32_t right = head(index);
    bool ordered = left < right;
    if (left == right) {
        const BlockRecord a = record(index - 1);
        const BlockRecord b = record(index);
        int order = a.rest.compare(b.rest);
        if (order == 0) {
            order = a.suffix_size < b.suffix_size ? -1 : a.suffix_size > b.suffix_size ? 1 : 0;
        }
        ordered = order < 0 || (order == 0 &&
                                (a.sequence > b.sequence || (!strict && a.sequence == b.sequence)));
    }
    if (!ordered) {
        return make_error(ErrorCode::corruption, "records {} and {} of {} are out of order",
                          index - 1, index, count_);
    }
    return {};
}

BlockRecord BlockView::record(std::uint32_t index) const noexcept {
    const char* at = record_begin(index);
    const char* end = record_end(index);
    BlockRecord record;
    record.kind = static_cast<Kind>(*at++);
    record.sequence = base_ + read_varint(at);
    record.suffix_size = suffix_size_ != block_suffix_varies
                             ? suffix_size_
                             : static_cast<std::uint32_t>(read_varint(at));
    if (record.kind == Kind::put_expiring) {
        record.expiry = read_varint(at);
    }
    const std::size_t rest = record.suffix_size > head_size ? record.suffix_size - head_size : 0;
    record.rest = {at, rest};
    at += rest;
    record.value = {at, static_cast<std::size_t>(end - at)};
    return record;
}

void BlockView::copy_suffix(std::uint32_t index, const BlockRecord& record,
                            char* to) const noexcept {
    store(to, __builtin_bswap32(head(index)));
    if (!record.rest.empty()) {
        std::memcpy(to + head_size, record.rest.data(), record.rest.size());
    }
}

std::string BlockView::key(std::uint32_t index) const {
    const BlockRecord found = record(index);
    std::string key{prefix()};
    key.resize(key_size(found) + head_size);
    copy_suffix(index, found, key.data() + prefix_size_);
    key.resize(key_size(found));
    return key;
}

/// Order of record `index`, whose head equals that of `suffix`, against (suffix, sequence).
int BlockView::compare(std::uint32_t index, Bytes suffix, Sequence sequence,
                       bool& key_equal) const noexcept {
    const BlockRecord found = record(index);
    if (const int order = found.rest.compare(rest_of(suffix)); order != 0) {
        return order;
    }
    if (found.suffix_size != suffix.size()) {
        return found.suffix_size < suffix.size() ? -1 : 1;
    }
    key_equal = true;
    return found.sequence > sequence ? -1 : found.sequence < sequence ? 1 : 0;
}

BlockView::Position BlockView::lower_bound(Bytes key, Sequence sequence) const noexcept {
    const std::size_t common = std::min<std::size_t>(key.size(), prefix_size_);
    const int order = common == 0 ? 0 : std::memcmp(key.data(), prefix().data(), common);
    if (order != 0) {
        return {order < 0 ? 0 : count_, false};
    }
    if (key.size() < prefix_size_) {
        return {0, false};
    }
    const Bytes suffix = key.substr(prefix_size_);
    const std::uint32_t wanted = head_of(suffix);
    std::uint32_t low = lower_head(heads(), count_, wanted);
    if (low == count_ || head(low) != wanted) {
        return {low, false};
    }
    std::uint32_t high = low + 1;
    if (high < count_ && head(high) == wanted) {
        high = wanted == ~0U
                   ? count_
                   : low + lower_head(heads() + std::size_t{4} * low, count_ - low, wanted + 1);
    }
    bool equal_at_high = false;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        bool equal = false;
        if (compare(middle, suffix, sequence, equal) < 0) {
            low = middle + 1;
        } else {
            high = middle;
            equal_at_high = equal;
        }
    }
    return {low, equal_at_high};
}

int BlockView::compare_key(std::uint32_t index, Bytes key) const noexcept {
    const Bytes shared = key.substr(0, prefix_size_);
    if (const int order = prefix().compare(shared); order != 0) {
        return order;
    }
    const Bytes suffix = key.substr(prefix_size_);
    const std::uint32_t wanted = head_of(suffix);
    if (head(index) != wanted) {
        return head(index) < wanted ? -1 : 1;
    }
    bool equal = false;
    const int order = compare(index, suffix, 0, equal);
    return equal ? 0 : order;
}

}  // namespace strata
