// SPDX-License-Identifier: Apache-2.0
#include "leveldb/filter.hpp"

#include "base/coding.hpp"
#include "base/error.hpp"

#include <utility>

namespace strata::level {
namespace {

/// The hash of LevelDB's filters, which resembles Murmur.
std::uint32_t bloom_hash(Bytes key) noexcept {
    constexpr std::uint32_t seed = 0xbc9f1d34;
    constexpr std::uint32_t factor = 0xc6a4a793;
    std::uint32_t hash = seed ^ (static_cast<std::uint32_t>(key.size()) * factor);
    while (key.size() >= sizeof(std::uint32_t)) {
        hash = (hash + load<std::uint32_t>(key.data())) * factor;
        hash ^= hash >> 16U;
        key.remove_prefix(sizeof(std::uint32_t));
    }
    if (key.empty()) {
        return hash;
    }
    for (std::size_t i = 0; i < key.size(); ++i) {
        hash += std::uint32_t{static_cast<unsigned char>(key[i])} << (8 * i);
    }
    hash *= factor;
    return hash ^ (hash >> 24U);
}

bool bloom_may_contain(Bytes filter, Bytes key) noexcept {
    // More probes than this are reserved for other encodings, which match everything.
    constexpr unsigned probes_max = 30;
    if (filter.size() < 2) {
        return false;
    }
    const std::uint64_t bits = (filter.size() - 1) * std::uint64_t{8};
    const unsigned probes = static_cast<unsigned char>(filter.back());
    if (probes > probes_max) {
        return true;
    }
    std::uint32_t hash = bloom_hash(key);
    const std::uint32_t delta = (hash >> 17U) | (hash << 15U);
    for (unsigned i = 0; i < probes; ++i, hash += delta) {
        const std::uint64_t bit = hash % bits;
        const std::uint32_t byte = static_cast<unsigned char>(filter[bit / 8]);
        if ((byte >> (bit % 8) & 1U) == 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

Result<std::optional<Filter>> Filter::read(const Table& table) {
    constexpr Bytes prefix = "filter.";
    auto metaindex = STRATA_TRY(table.walk(table.footer().metaindex));
    while (true) {
        const bool more = STRATA_TRY(metaindex.next());
        if (!more) {
            return std::optional<Filter>{};
        }
        if (metaindex.key().starts_with(prefix)) {
            break;
        }
    }
    Bytes value = metaindex.value();
    const auto handle = take_handle(value);
    if (!handle) {
        return corruption_at(table.path(), table.footer().metaindex.offset,
                             "expected the handle of {}, found {} bytes", metaindex.key(),
                             metaindex.value().size());
    }
    auto block = STRATA_TRY(table.read_block(*handle));
    Filter filter{std::string{metaindex.key().substr(prefix.size())}, std::move(block)};
    if (filter.known()) {
        STRATA_TRY(filter.read_stretches(table.path()));
    }
    return std::optional<Filter>{std::move(filter)};
}

Status Filter::read_stretches(const std::string& path) {
    constexpr std::size_t word = sizeof(std::uint32_t);
    constexpr std::size_t tail = word + 1;
    constexpr unsigned shift_max = 63;
    if (content_.size() < tail) {
        return corruption_at(path, handle_.offset,
                             "expected a filter of {} bytes or more, found {}", tail,
                             content_.size());
    }
    offsets_ = load<std::uint32_t>(content_.data() + content_.size() - tail);
    stretch_log2_ = static_cast<unsigned char>(content_.back());
    if (offsets_ > content_.size() - tail || stretch_log2_ > shift_max) {
        return corruption_at(path, handle_.offset,
                             "expected offsets of filters before byte {}, found {}",
                             content_.size() - tail, offsets_);
    }
    count_ = (content_.size() - tail - offsets_) / word;
    for (std::size_t i = 0; i < count_; ++i) {
        if (begin_of(i) > begin_of(i + 1)) {
            return corruption_at(path, handle_.offset,
                                 "expected filter {} to end before byte {}, found its begin at {}",
                                 i, begin_of(i + 1), begin_of(i));
        }
    }
    return {};
}

/// Behind the last offset stands the offset of the offsets, which ends the last filter.
std::uint32_t Filter::begin_of(std::size_t stretch) const noexcept {
    return load<std::uint32_t>(content_.data() + offsets_ + sizeof(std::uint32_t) * stretch);
}

bool Filter::may_contain(std::uint64_t block_offset, Bytes user_key) const noexcept {
    const std::uint64_t stretch = block_offset >> stretch_log2_;
    if (!known() || stretch >= count_) {
        return true;
    }
    const auto at = static_cast<std::size_t>(stretch);
    const std::uint32_t begin = begin_of(at);
    const std::uint32_t end = begin_of(at + 1);
    return bloom_may_contain(Bytes{content_}.substr(begin, end - begin), user_key);
}

}  // namespace strata::level
